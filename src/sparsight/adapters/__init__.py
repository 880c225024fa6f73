"""Bridges to other libraries; one file each, and each needs an extra of the package."""
