"""Image restoration with sparse-coding priors that people can read."""
