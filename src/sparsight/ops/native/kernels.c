/* Loops that tensor libraries cannot fuse: shrinkage in one pass over the codes, and products
 * with codes that skip their zeros.
 *
 * Codes are rows: n patches of p atoms, contiguous, float32, p a multiple of 16. Every function
 * works in one thread, on one image or on b of them; what images share has the stride 0 from one
 * to the next. sparsight.ops.native is the only caller and checks shapes.
 *
 * V is a vector of LANES floats.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4
#endif
#define TILE 8 /* sums kept in registers */

typedef float V __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t I __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

#define API __attribute__((visibility("default")))
/* Which source this was built from: a library left over from another one must not be called. */
#ifndef BUILT_FROM
#define BUILT_FROM ""
#endif
API const char built_from[] = BUILT_FROM;

#define LOAD(pointer) (*(const V *)(pointer))
#define STORE(pointer, value) (*(V *)(pointer) = (value))

static inline V all(float value) { return (V){0} + value; }
static inline V choose(I where, V yes, V no) { return (V)((where & (I)yes) | (~where & (I)no)); }
static inline V positive(V v) { return choose(v > 0, v, all(0)); }

/* 1 / sqrt(v) of positive v to the last bit or two: a guess from the exponent, Newton thrice. */
static inline V inverse_root(V v) {
    V guess = (V)(0x5f375a86 - ((I)v >> 1)), half = 0.5f * v;
    guess *= 1.5f - half * guess * guess;
    guess *= 1.5f - half * guess * guess;
    guess *= 1.5f - half * guess * guess;
    return guess;
}

/* Soft thresholds of u; the entries that are left: their places and values; returns how many. */
static inline size_t shrink_and_gather(const float *u, const float *threshold, size_t p,
                                       int32_t *place, float *value) {
    size_t count = 0;
    for (size_t i = 0; i < p; i += LANES) {
        V v = LOAD(u + i), t = LOAD(threshold + i), z = positive(v - t) - positive(-v - t);
        I live = (z != 0) | (t < 0);
#ifdef __AVX512F__
        const __m512i lanes =
            _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
        __mmask16 kept = _mm512_test_epi32_mask((__m512i)live, (__m512i)live);
        if (!kept) continue;
        __m512i where = _mm512_add_epi32(lanes, _mm512_set1_epi32((int)i));
        _mm512_storeu_ps(value + count, _mm512_maskz_compress_ps(kept, (__m512)z));
        _mm512_storeu_si512(place + count, _mm512_maskz_compress_epi32(kept, where));
        count += (size_t)__builtin_popcount(kept);
#else
        int32_t any = 0;
        for (size_t l = 0; l < LANES; l++) any |= live[l];
        if (!any) continue;
        for (size_t l = 0; l < LANES; l++) {
            place[count] = (int32_t)(i + l);
            value[count] = z[l];
            count += live[l] != 0;
        }
#endif
    }
    return count;
}

/* out = base + factor * sum_j value[j] matrix[place[j], :]; width a multiple of LANES. */
static inline void combine(const float *base, const float *matrix, size_t width, size_t count,
                           const int32_t *place, const float *value, float factor, float *out) {
    size_t i = 0;
    for (; i + TILE * LANES <= width; i += TILE * LANES) {
        V sum[TILE];
#pragma GCC unroll 8
        for (size_t l = 0; l < TILE; l++) sum[l] = LOAD(base + i + l * LANES);
        for (size_t j = 0; j < count; j++) {
            const float *row = matrix + (size_t)place[j] * width + i;
            V weight = all(factor * value[j]);
#pragma GCC unroll 8
            for (size_t l = 0; l < TILE; l++) sum[l] += weight * LOAD(row + l * LANES);
        }
#pragma GCC unroll 8
        for (size_t l = 0; l < TILE; l++) STORE(out + i + l * LANES, sum[l]);
    }
    for (; i < width; i += LANES) {
        V sum = LOAD(base + i);
        for (size_t j = 0; j < count; j++)
            sum += all(factor * value[j]) * LOAD(matrix + (size_t)place[j] * width + i);
        STORE(out + i, sum);
    }
}

/* matrix += rows of `value` times the row g, whose entries that are not zero are also listed. */
static inline void outer(float *matrix, size_t width, size_t count, const int32_t *place,
                         const float *value, const float *g, size_t listed,
                         const int32_t *g_place, const float *g_value) {
    for (size_t j = 0; j < count; j++) {
        float *row = matrix + (size_t)place[j] * width;
        if (listed * LANES < width) {
            for (size_t l = 0; l < listed; l++) row[g_place[l]] += value[j] * g_value[l];
        } else {
            V weight = all(value[j]);
            for (size_t i = 0; i < width; i += LANES)
                STORE(row + i, LOAD(row + i) + weight * LOAD(g + i));
        }
    }
}

/* out = max(z - threshold, 0) - max(-z - threshold, 0) */
API void soft_threshold(size_t b, size_t n, size_t p, const float *z, const float *threshold,
                        size_t threshold_stride, float *out) {
    for (; b-- > 0; threshold += threshold_stride)
        for (size_t j = 0; j < n; j++, z += p, out += p)
            for (size_t i = 0; i < p; i += LANES) {
                V v = LOAD(z + i), t = LOAD(threshold + i);
                STORE(out + i, positive(v - t) - positive(-v - t));
            }
}

/* From the output of soft_threshold, thresholds not negative; grad_threshold is added to. */
API void soft_threshold_backward(size_t n, size_t p, const float *out, const float *grad,
                                 float *grad_z, float *grad_threshold) {
    for (size_t j = 0; j < n; j++, out += p, grad += p, grad_z += p)
        for (size_t i = 0; i < p; i += LANES) {
            V u = LOAD(out + i), g = choose(u != 0, LOAD(grad + i), all(0));
            STORE(grad_z + i, g);
            V signed_g = (V)((I)g ^ ((I)u & (int32_t)0x80000000));
            STORE(grad_threshold + i, LOAD(grad_threshold + i) - signed_g);
        }
}

/* From the input of soft_threshold: any threshold, negative ones too; grad_threshold is added to. */
API void expanding_threshold_backward(size_t n, size_t p, const float *z, const float *threshold,
                                      const float *grad, float *grad_z, float *grad_threshold) {
    for (size_t j = 0; j < n; j++, z += p, grad += p, grad_z += p)
        for (size_t i = 0; i < p; i += LANES) {
            V v = LOAD(z + i), t = LOAD(threshold + i), g = LOAD(grad + i);
            V right = choose(v > t, g, all(0)), left = choose(-v > t, g, all(0));
            STORE(grad_z + i, right + left);
            STORE(grad_threshold + i, LOAD(grad_threshold + i) + (left - right));
        }
}

static inline V sign_of(V v) { return choose(v > 0, all(1), choose(v < 0, all(-1), all(0))); }
static inline V shrink(V v, V t) { return positive(v - t) - positive(-v - t); }

/* Soft thresholds of soft thresholds about offset = centre + threshold sign(centre), the inner ones
 * threshold pull: the proximal operator of threshold (|u| + pull |u - centre|). */
API void centralized_shrink(size_t b, size_t n, size_t p, const float *z, const float *centre,
                            const float *threshold, size_t threshold_stride, const float *pull,
                            size_t pull_stride, float *out) {
    for (; b-- > 0; threshold += threshold_stride, pull += pull_stride)
        for (size_t j = 0; j < n; j++, z += p, centre += p, out += p)
            for (size_t i = 0; i < p; i += LANES) {
                V t = LOAD(threshold + i), c = LOAD(centre + i), offset = c + t * sign_of(c);
                V inner = shrink(LOAD(z + i) - offset, t * LOAD(pull + i));
                STORE(out + i, shrink(inner + offset, t));
            }
}

/* grad_threshold and grad_pull are added to. */
API void centralized_shrink_backward(size_t n, size_t p, const float *z, const float *centre,
                                     const float *threshold, const float *pull, const float *grad,
                                     float *grad_z, float *grad_centre, float *grad_threshold,
                                     float *grad_pull) {
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < p; i += LANES) {
            V t = LOAD(threshold + i), c = LOAD(centre + i), gamma = LOAD(pull + i);
            V sign = sign_of(c), offset = c + t * sign, u = LOAD(z + i) - offset, h = t * gamma;
            V v = shrink(u, h) + offset, g = LOAD(grad + i);
            V right = choose(v > t, g, all(0)), left = choose(-v > t, g, all(0));
            g = right + left;
            V above = choose(u > h, g, all(0)), below = choose(-u > h, g, all(0));
            V rest = g - above - below, slope = below - above;
            STORE(grad_z + i, above + below);
            STORE(grad_centre + i, rest);
            V total = left - right + rest * sign + slope * gamma;
            STORE(grad_threshold + i, LOAD(grad_threshold + i) + total);
            STORE(grad_pull + i, LOAD(grad_pull + i) + slope * t);
        }
        z += p, centre += p, grad += p, grad_z += p, grad_centre += p;
    }
}

/* out = z max(1 - threshold size / sqrt(energy + floor), 0), size one number per row */
API void group_shrink(size_t b, size_t n, size_t p, const float *z, const float *energy,
                      const float *threshold, size_t threshold_stride, const float *size,
                      float floor, float *out) {
    for (; b-- > 0; threshold += threshold_stride, size += n)
        for (size_t j = 0; j < n; j++, z += p, energy += p, out += p)
            for (size_t i = 0; i < p; i += LANES) {
                V inverse = inverse_root(LOAD(energy + i) + floor) * size[j];
                V scale = 1 - inverse * LOAD(threshold + i);
                STORE(out + i, choose(scale > 0, scale * LOAD(z + i), all(0)));
            }
}

/* grad_threshold is added to; grad_size is one number per row. */
API void group_shrink_backward(size_t n, size_t p, const float *z, const float *energy,
                               const float *threshold, const float *size, float floor,
                               const float *grad, float *grad_z, float *grad_energy,
                               float *grad_threshold, float *grad_size) {
    for (size_t j = 0; j < n; j++) {
        V total = {0};
        for (size_t i = 0; i < p; i += LANES) {
            V root = inverse_root(LOAD(energy + i) + floor), t = LOAD(threshold + i);
            V g = LOAD(grad + i), scale = 1 - root * t * size[j];
            /* slope = -d(out) / d(threshold size) */
            V slope = choose(scale > 0, g * LOAD(z + i) * root, all(0));
            STORE(grad_z + i, choose(scale > 0, scale * g, all(0)));
            STORE(grad_threshold + i, LOAD(grad_threshold + i) - slope * size[j]);
            slope *= t;
            total -= slope;
            STORE(grad_energy + i, 0.5f * size[j] * slope * root * root);
        }
        float sum = 0;
        for (size_t l = 0; l < LANES; l++) sum += total[l];
        grad_size[j] = sum;
        z += p, energy += p, grad += p, grad_z += p, grad_energy += p;
    }
}

/* exp(v) of v <= 0 within two units of the last place: 2^whole times a polynomial of the rest. */
static inline V exponential(V v) {
    v = choose(v < -87, all(-87), v);
    V shifted = v * 1.44269504f + 12582912.0f, whole = shifted - 12582912.0f; /* rounds */
    V rest = v - whole * 0.693145752f - whole * 1.42860677e-6f;
    V sum = 1.0f / 720 + all(0);
    sum = sum * rest + 1.0f / 120;
    sum = sum * rest + 1.0f / 24;
    sum = sum * rest + 1.0f / 6;
    sum = sum * rest + 0.5f;
    sum = sum * rest + 1;
    sum = sum * rest + 1;
    return (V)((I)sum + (((I)shifted - 0x4b400000) << 23));
}

/* Weights below exp(-FAR) change no sum, but products with them are of denormal numbers, which
 * processors are slow at; sparse_product leaves zeros out. */
#define FAR 30

static inline V gaussian(float own, V other, V product, float factor) {
    V distance = positive(own + other - 2 * product);
    return choose(distance > FAR, all(0), factor * exponential(-distance));
}

/* products_jk = factor exp(-max(own_j + other_k - 2 products_jk, 0)), and 0 where outside_jk, which
 * images share; n rows, l columns; outside may be NULL. */
API void gaussian_weights(size_t b, size_t n, size_t l, const float *own, const float *other,
                          const uint8_t *outside, float factor, float *products) {
    size_t whole = l / LANES * LANES, rest = (l - whole) * sizeof(float);
    for (; b-- > 0; own += n, other += l)
        for (size_t j = 0; j < n; j++, products += l) {
            for (size_t k = 0; k < whole; k += LANES)
                STORE(products + k, gaussian(own[j], LOAD(other + k), LOAD(products + k), factor));
            if (rest) {
                V norm = {0}, product = {0};
                memcpy(&norm, other + whole, rest);
                memcpy(&product, products + whole, rest);
                product = gaussian(own[j], norm, product, factor);
                memcpy(products + whole, &product, rest);
            }
            if (outside)
                for (size_t k = 0; k < l; k++)
                    products[k] = outside[j * l + k] ? 0 : products[k];
        }
}

/* Rows that share what they read, and vectors of each at a time: as many sums as registers hold. */
#define GROUP 6
#if LANES == 16
#define CHUNK 4
#else
#define CHUNK 2
#endif

/* The columns where one of `rows` rows is not zero: their places, and each row's values there, in
 * GROUP lists of l + LANES. */
static inline size_t pack_columns(size_t rows, size_t l, const float *factors, int32_t *place,
                                  float *packed) {
    size_t count = 0, k = 0, list = l + LANES;
#ifdef __AVX512F__
    const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    for (; k + LANES <= l; k += LANES) {
        __m512 value[GROUP];
        __mmask16 live = 0;
        for (size_t r = 0; r < GROUP; r++) {
            value[r] = r < rows ? _mm512_loadu_ps(factors + r * l + k) : _mm512_setzero_ps();
            live |= _mm512_cmp_ps_mask(value[r], _mm512_setzero_ps(), _CMP_NEQ_UQ);
        }
        if (!live) continue;
        __m512i where = _mm512_add_epi32(lanes, _mm512_set1_epi32((int)k));
        _mm512_storeu_si512(place + count, _mm512_maskz_compress_epi32(live, where));
        for (size_t r = 0; r < GROUP; r++)
            _mm512_storeu_ps(packed + r * list + count, _mm512_maskz_compress_ps(live, value[r]));
        count += (size_t)__builtin_popcount(live);
    }
#endif
    for (; k < l; k++) {
        int live = 0;
        for (size_t r = 0; r < GROUP; r++) {
            float value = r < rows ? factors[r * l + k] : 0;
            packed[r * list + count] = value;
            live |= value != 0;
        }
        place[count] = (int32_t)k;
        count += (size_t)live;
    }
    return count;
}

/* `vectors` vectors of GROUP rows of sparse_product; the first `rows` are read and written. */
static inline __attribute__((always_inline)) void combine_rows(
    size_t vectors, size_t rows, size_t p, size_t count, const int32_t *place,
    const float *packed, size_t list, const float *matrix, const float *base, int squared,
    float *out) {
    V sum[GROUP][CHUNK];
#pragma GCC unroll 8
    for (size_t r = 0; r < GROUP; r++)
#pragma GCC unroll 8
        for (size_t i = 0; i < vectors; i++) sum[r][i] = all(0);
    for (size_t k = 0; k < count; k++) {
        const float *row = matrix + (size_t)place[k] * p;
        V value[CHUNK];
#pragma GCC unroll 8
        for (size_t i = 0; i < vectors; i++) value[i] = LOAD(row + i * LANES);
#pragma GCC unroll 8
        for (size_t r = 0; r < GROUP; r++)
#pragma GCC unroll 8
            for (size_t i = 0; i < vectors; i++) sum[r][i] += packed[r * list + k] * value[i];
    }
#pragma GCC unroll 8
    for (size_t r = 0; r < GROUP; r++) {
        if (r == rows) break;
#pragma GCC unroll 8
        for (size_t i = 0; i < vectors; i++) {
            V own = LOAD(base + r * p + i * LANES);
            if (squared) own *= own;
            STORE(out + r * p + i * LANES, sum[r][i] + own);
        }
    }
}

/* out = base + factors matrix, or base^2 + factors matrix: n rows of p, factors n rows of l, many
 * of them zero in the same columns as in the rows before: GROUP rows go together over the columns
 * where one has a factor. work is room for (GROUP + 1) (l + LANES) numbers. */
API void sparse_product(size_t b, size_t n, size_t l, size_t p, const float *base, size_t squared,
                        const float *factors, const float *matrix, size_t matrix_stride,
                        float *work, float *out) {
    int32_t *place = (int32_t *)work;
    size_t list = l + LANES;
    float *packed = work + list;
    for (; b-- > 0; matrix += matrix_stride)
        for (size_t j = 0; j < n; j += GROUP) {
            size_t rows = n - j < GROUP ? n - j : GROUP, i = 0;
            size_t count = pack_columns(rows, l, factors, place, packed);
            for (; i + CHUNK * LANES <= p; i += CHUNK * LANES)
                combine_rows(CHUNK, rows, p, count, place, packed, list, matrix + i, base + i,
                             squared != 0, out + i);
            for (; i < p; i += LANES)
                combine_rows(1, rows, p, count, place, packed, list, matrix + i, base + i,
                             squared != 0, out + i);
            base += rows * p, out += rows * p, factors += rows * l;
        }
}

/* The codes of one patch: depth times  u = z + pulled - gram z,  z = soft threshold of u.
 *
 * gram_t holds the columns of the Gram matrix C^T D as rows, pulled is C^T y. Atoms in use after
 * every step are left in lists of p + LANES places and values; atoms of negative threshold are
 * always listed, for they pass gradients even at 0. u is room for p numbers.
 */
static inline void code_patch(size_t p, size_t depth, const float *pulled, const float *gram_t,
                              const float *thresholds, int32_t *place, float *value,
                              size_t *counts, float *u) {
    size_t list = p + LANES, count = 0;
    for (size_t k = 0; k < depth; k++, thresholds += p, place += list, value += list) {
        combine(pulled, gram_t, p, count, place - list, value - list, -1, u);
        for (size_t l = 0; l < count; l++) u[place[l - list]] += value[l - list];
        count = counts[k] = shrink_and_gather(u, thresholds, p, place, value);
    }
}

/* Codes of every stride-th of n patches; returns how many atoms were in use, all steps together.
 * work is room for (2 depth + 1) (p + LANES) numbers. */
API size_t code_patches(size_t n, size_t stride, size_t p, size_t depth, const float *pulled,
                        const float *gram_t, const float *thresholds, float *work, float *out) {
    size_t list = p + LANES, last = (depth - 1) * list, total = 0, counts[depth];
    float *u = work, *value = work + list;
    int32_t *place = (int32_t *)(value + depth * list);
    for (size_t j = 0; j < n; j += stride, pulled += stride * p, out += stride * p) {
        code_patch(p, depth, pulled, gram_t, thresholds, place, value, counts, u);
        memset(out, 0, p * sizeof(float));
        for (size_t l = 0; l < counts[depth - 1]; l++) out[place[last + l]] = value[last + l];
        for (size_t k = 0; k < depth; k++) total += counts[k];
    }
    return total;
}

/* The backward of code_patches: codes are computed again, patch by patch, and stay in the cache.
 *
 * With g_k the gradient before the threshold of step k: total = sum_k g_k, one row per patch;
 * moment += sum over patches and k of z_k g_{k+1}^T, (p, p); grad_thresholds is added to.
 */
API void code_patches_backward(size_t n, size_t p, size_t depth, const float *pulled,
                               const float *gram_t, const float *gram, const float *thresholds,
                               float *work, const float *grad, float *total, float *moment,
                               float *grad_thresholds) {
    size_t list = p + LANES, counts[depth];
    float *u = work, *value = work + list;
    int32_t *place = (int32_t *)(value + depth * list);
    float g[list], listed[list];
    for (size_t j = 0; j < n; j++, pulled += p, grad += p, total += p) {
        code_patch(p, depth, pulled, gram_t, thresholds, place, value, counts, u);
        memset(total, 0, p * sizeof(float));
        memcpy(u, grad, p * sizeof(float));
        for (size_t k = depth; k-- > 0;) {
            const int32_t *places = place + k * list;
            const float *values = value + k * list, *t = thresholds + k * p;
            float *grad_t = grad_thresholds + k * p;
            memset(g, 0, p * sizeof(float));
            for (size_t l = 0; l < counts[k]; l++) {
                int32_t i = places[l];
                float z = values[l], slope = u[i];
                if (t[i] < 0 && (z < 0 ? -z : z) <= -2 * t[i])
                    slope *= 2; /* both branches of the threshold are open */
                else
                    grad_t[i] += z > 0 ? -slope : slope;
                listed[l] = g[i] = slope;
                total[i] += slope;
            }
            if (k == 0) break;
            outer(moment, p, counts[k - 1], places - list, values - list, g, counts[k], places,
                  listed);
            combine(g, gram, p, counts[k], places, listed, -1, u);
        }
    }
}

/* Rows and columns whose neighbour at an offset lies on the grid. */
typedef struct {
    size_t top, bottom, left, right;
    ptrdiff_t step;
} Window;

static inline Window window(size_t rows, size_t columns, const int32_t *offset) {
    ptrdiff_t down = offset[0], along = offset[1], r = (ptrdiff_t)rows, c = (ptrdiff_t)columns;
    ptrdiff_t top = down < 0 ? -down : 0, bottom = down > 0 ? r - down : r;
    ptrdiff_t left = along < 0 ? -along : 0, right = along > 0 ? c - along : c;
    if (bottom < top) bottom = top;
    if (right < left) right = left;
    return (Window){(size_t)top, (size_t)bottom, (size_t)left, (size_t)right, down * c + along};
}

/* Numbers of the lanes, from 0. */
static const int32_t lane_numbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static inline V clip(V u, V bound) {
    u = choose(u > bound, bound, u);
    return choose(u < -bound, -bound, u);
}

/* A grid of places with values in a frame, and weights to neighbours at offsets: one per offset
 * and place, or, alike, one per offset. */
typedef struct {
    size_t rows, columns, count, reach, stride;
    const int32_t *offsets;
    size_t alike;
    const float *weights;
    float alpha, bound;
} Pulls;

/* Sums over places, lane by lane: gradients by alpha and by bound. */
typedef struct {
    V by_alpha, by_bound;
} Sums;

/* Where LANES places from `place` on lie on the grid. */
static inline I on_grid(ptrdiff_t place, size_t columns) {
    I at = *(const I *)lane_numbers + (int32_t)place;
    return (at >= 0) & (at < (int32_t)columns);
}

/* Row r and `wide` vectors of columns from c on; z and to_z begin at the frame's first corner. */
static inline __attribute__((always_inline)) void pull_block(const size_t wide, const Pulls *p,
                                                             size_t r, size_t c, const float *z,
                                                             float *out) {
    V sum[4], zj[4];
    const float *own = z + (r + p->reach) * p->stride + p->reach + c;
    for (size_t l = 0; l < wide; l++) zj[l] = LOAD(own + l * LANES), sum[l] = all(0);
    for (size_t o = 0; o < p->count; o++) {
        ptrdiff_t down = p->offsets[2 * o], along = p->offsets[2 * o + 1];
        if ((size_t)((ptrdiff_t)r + down) >= p->rows) continue;
        const float *zk = own + down * (ptrdiff_t)p->stride + along;
        const float *a = p->weights + (p->alike ? o : (o * p->rows + r) * p->columns + c);
        ptrdiff_t first = (ptrdiff_t)c + along;
        int edge = first < 0 || first + (ptrdiff_t)(wide * LANES) > (ptrdiff_t)p->columns;
        for (size_t l = 0; l < wide; l++) {
            V weight = p->alike ? all(*a) : LOAD(a + l * LANES);
            V pull = weight * clip(all(p->alpha) * (zj[l] - LOAD(zk + l * LANES)), all(p->bound));
            if (edge)
                pull = choose(on_grid(first + (ptrdiff_t)(l * LANES), p->columns), pull, all(0));
            sum[l] += pull;
        }
    }
    for (size_t l = 0; l < wide; l++) STORE(out + r * p->columns + c + l * LANES, sum[l]);
}

/* The backward of pull_block; places before column `fresh` have had their turn. by_a holds the
 * sums of offsets that are alike. */
static inline __attribute__((always_inline)) void pull_back_block(
    const size_t wide, const Pulls *p, size_t r, size_t c, size_t fresh, const float *z,
    const float *grad, float *to_z, float *to_weights, V *by_a, Sums *sums) {
    V sum[4], zj[4], g[4];
    const size_t corner = (r + p->reach) * p->stride + p->reach + c;
    Sums total = *sums;
    for (size_t l = 0; l < wide; l++) {
        zj[l] = LOAD(z + corner + l * LANES), sum[l] = all(0);
        I mine = on_grid((ptrdiff_t)(c + l * LANES) - (ptrdiff_t)fresh, p->columns);
        g[l] = choose(mine, LOAD(grad + r * p->columns + c + l * LANES), all(0));
    }
    for (size_t o = 0; o < p->count; o++) {
        ptrdiff_t down = p->offsets[2 * o], along = p->offsets[2 * o + 1];
        if ((size_t)((ptrdiff_t)r + down) >= p->rows) continue;
        size_t there = corner + (size_t)(down * (ptrdiff_t)p->stride + along);
        size_t at = p->alike ? o : (o * p->rows + r) * p->columns + c;
        ptrdiff_t first = (ptrdiff_t)c + along;
        int edge = first < 0 || first + (ptrdiff_t)(wide * LANES) > (ptrdiff_t)p->columns;
        for (size_t l = 0; l < wide; l++) {
            V a = p->alike ? all(p->weights[at]) : LOAD(p->weights + at + l * LANES), mine = g[l];
            if (edge)
                mine = choose(on_grid(first + (ptrdiff_t)(l * LANES), p->columns), mine, all(0));
            V gap = zj[l] - LOAD(z + there + l * LANES), u = all(p->alpha) * gap;
            V clipped = clip(u, all(p->bound)), open = choose(u == clipped, mine, all(0));
            V slope = open * a, push = all(p->alpha) * slope;
            total.by_alpha += slope * gap;
            total.by_bound += choose(u > all(0), a, -a) * (mine - open);
            sum[l] += push;
            STORE(to_z + there + l * LANES, LOAD(to_z + there + l * LANES) - push);
            if (p->alike)
                by_a[o] += mine * clipped;
            else
                STORE(to_weights + at + l * LANES,
                      LOAD(to_weights + at + l * LANES) + mine * clipped);
        }
    }
    for (size_t l = 0; l < wide; l++)
        STORE(to_z + corner + l * LANES, LOAD(to_z + corner + l * LANES) + sum[l]);
    *sums = total;
}

/* Rows are cut into blocks of four vectors and of one, the last of which begins early so as not to
 * end late: n is at least LANES. */
static inline size_t next_block(size_t done, size_t n, size_t *c) {
    *c = done + LANES <= n ? done : n - LANES;
    return done + 4 * LANES <= n ? 4 : 1;
}

/* out_j = sum_o a clip(alpha (z_j - z_k), +-bound), k = j + offset o, for each channel of images.
 *
 * z: images of `channels` channels in a frame of `reach` places, rows `stride` apart. Images share
 * weights, alpha, bound where they have the step 0 from one to the next.
 */
API void clip_differences(size_t images, size_t channels, size_t rows, size_t columns, size_t count,
                          const int32_t *offsets, size_t reach, size_t stride, const float *z,
                          size_t alike, const float *weights, size_t weights_step,
                          const float *alpha, size_t alpha_step, const float *bound,
                          size_t bound_step, float *out) {
    size_t framed = (rows + 2 * reach) * stride, n = rows * columns;
    for (size_t i = 0; i < images * channels; i++) {
        size_t b = i / channels;
        Pulls p = {rows, columns, count, reach, stride, offsets, alike, weights + b * weights_step,
                   alpha[b * alpha_step], bound[b * bound_step]};
        for (size_t r = 0; r < rows; r++)
            for (size_t done = 0, c, wide; done < columns; done += wide * LANES) {
                wide = next_block(done, columns, &c);
                if (wide == 4)
                    pull_block(4, &p, r, c, z + i * framed, out + i * n);
                else
                    pull_block(1, &p, r, c, z + i * framed, out + i * n);
            }
    }
}

/* The backward of clip_differences. to_z, which has a frame as z has, to_weights and the two numbers
 * (by alpha, by bound) that each image has in to_scalars are added to. */
API void clip_differences_backward(size_t images, size_t channels, size_t rows, size_t columns,
                                   size_t count, const int32_t *offsets, size_t reach,
                                   size_t stride, const float *z, size_t alike,
                                   const float *weights, size_t weights_step, const float *alpha,
                                   size_t alpha_step, const float *bound, size_t bound_step,
                                   const float *grad, float *to_z, float *to_weights,
                                   float *to_scalars) {
    size_t framed = (rows + 2 * reach) * stride, n = rows * columns;
    V by_a[count];
    for (size_t i = 0; i < images * channels; i++) {
        size_t b = i / channels;
        Pulls p = {rows, columns, count, reach, stride, offsets, alike, weights + b * weights_step,
                   alpha[b * alpha_step], bound[b * bound_step]};
        float *of_weights = to_weights + b * weights_step;
        Sums sums = {all(0), all(0)};
        for (size_t o = 0; o < count; o++) by_a[o] = all(0);
        for (size_t r = 0; r < rows; r++)
            for (size_t done = 0, c, wide; done < columns; done += wide * LANES) {
                wide = next_block(done, columns, &c);
                if (wide == 4)
                    pull_back_block(4, &p, r, c, done, z + i * framed, grad + i * n,
                                    to_z + i * framed, of_weights, by_a, &sums);
                else
                    pull_back_block(1, &p, r, c, done, z + i * framed, grad + i * n,
                                    to_z + i * framed, of_weights, by_a, &sums);
            }
        for (size_t l = 0; l < LANES; l++) {
            for (size_t o = 0; alike && o < count; o++) of_weights[o] += by_a[o][l];
            to_scalars[2 * b] += sums.by_alpha[l];
            to_scalars[2 * b + 1] += sums.by_bound[l];
        }
    }
}

#define BLOCK (4 * LANES) /* columns whose sums are kept in registers */

/* out = sum over a side x side window of kernel * in; rows of both are `stride` apart. Blocks are
 * computed whole: both need room for one beyond `columns`. */

static void correlate(size_t rows, size_t columns, size_t side, const float *in, size_t stride,
                      const float *kernel, float *out) {
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c += BLOCK) {
            V sum[4] = {all(0), all(0), all(0), all(0)};
            for (size_t u = 0; u < side; u++) {
                const float *from = in + (r + u) * stride + c;
                for (size_t v = 0; v < side; v++) {
                    V weight = all(kernel[u * side + v]);
                    for (size_t l = 0; l < 4; l++) sum[l] += weight * LOAD(from + v + l * LANES);
                }
            }
            for (size_t l = 0; l < 4; l++) STORE(out + r * stride + c + l * LANES, sum[l]);
        }
}

/* kernel[u, v] += sum over places of g[place] in[place + (u, v)]; g is 0 beyond `columns`. */
static void correlate_places(size_t rows, size_t columns, size_t side, const float *in,
                             const float *g, size_t stride, float *kernel) {
    V sums[side * side];
    for (size_t i = 0; i < side * side; i++) sums[i] = all(0);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c += BLOCK) {
            V own[4];
            for (size_t l = 0; l < 4; l++) own[l] = LOAD(g + r * stride + c + l * LANES);
            for (size_t u = 0; u < side; u++) {
                const float *from = in + (r + u) * stride + c;
                for (size_t v = 0; v < side; v++)
                    for (size_t l = 0; l < 4; l++)
                        sums[u * side + v] += own[l] * LOAD(from + v + l * LANES);
            }
        }
    for (size_t i = 0; i < side * side; i++)
        for (size_t l = 0; l < LANES; l++) kernel[i] += sums[i][l];
}

/* A pair of offsets o and -o: its distances are the same, d_-o(j + o) = d_o(j). */
typedef struct {
    Window places;
    size_t height, width, stride; /* of the squares: places and what their patches add */
    ptrdiff_t across, corner;     /* in the padded image */
    size_t mirrored;              /* number of -o, or of none */
} Pair;

static int begin_pair(size_t rows, size_t columns, size_t count, const int32_t *offsets, size_t o,
                      size_t side, size_t border, Pair *pair) {
    const int32_t *own = offsets + 2 * o;
    pair->mirrored = count;
    for (size_t other = 0; other < count; other++)
        if (offsets[2 * other] == -own[0] && offsets[2 * other + 1] == -own[1])
            pair->mirrored = other;
    if (pair->mirrored < o) return 0;
    ptrdiff_t wide = (ptrdiff_t)(columns + 2 * border), half = (ptrdiff_t)(side / 2);
    Window w = pair->places = window(rows, columns, own);
    pair->height = w.bottom - w.top + side - 1;
    pair->width = w.right - w.left + side - 1;
    pair->stride = columns + 2 * (side - 1) + 4 * 16;
    pair->across = own[0] * wide + own[1];
    pair->corner = ((ptrdiff_t)(border + w.top) - half) * wide + (ptrdiff_t)(border + w.left) - half;
    return w.bottom > w.top && w.right > w.left;
}

static void square_gaps(const Pair *pair, const float *image, size_t wide, float *squares) {
    for (size_t r = 0; r < pair->height; r++) {
        const float *one = image + pair->corner + r * wide, *two = one + pair->across;
        float *restrict to = squares + r * pair->stride;
        for (size_t c = 0; c < pair->width; c++) to[c] = (two[c] - one[c]) * (two[c] - one[c]);
    }
}

/* out[o, j] += sum over u of kernel_u (x_{j + o + u} - x_{j + u})^2, for places with a neighbour.
 *
 * image: one channel with a border on all sides, of side / 2 and the farthest offset. work is zeros,
 * room for three tables of rows + 2 (side - 1) times columns + 2 (side - 1) + 64.
 */
API void patch_distances(size_t rows, size_t columns, size_t count, const int32_t *offsets,
                         size_t side, size_t border, const float *image, const float *kernel,
                         float *work, float *out) {
    Pair pair;
    for (size_t o = 0; o < count; o++) {
        if (!begin_pair(rows, columns, count, offsets, o, side, border, &pair)) continue;
        Window w = pair.places;
        float *squares = work, *sums = work + (rows + 2 * (side - 1)) * pair.stride;
        square_gaps(&pair, image, columns + 2 * border, squares);
        correlate(w.bottom - w.top, w.right - w.left, side, squares, pair.stride, kernel, sums);
        for (size_t r = w.top; r < w.bottom; r++) {
            const float *restrict from = sums + (r - w.top) * pair.stride;
            float *restrict own = out + (o * rows + r) * columns + w.left;
            for (size_t c = 0; c < w.right - w.left; c++) own[c] += from[c];
            if (pair.mirrored == count) continue;
            float *restrict back = out + (pair.mirrored * rows + r) * columns + w.left + w.step;
            for (size_t c = 0; c < w.right - w.left; c++) back[c] += from[c];
        }
    }
}

/* The backward of patch_distances. grad_kernel and, unless it is NULL, grad_image are added to;
 * turned is the kernel turned by 180 degrees. */
API void patch_distances_backward(size_t rows, size_t columns, size_t count,
                                  const int32_t *offsets, size_t side, size_t border,
                                  const float *image, const float *turned, const float *grad,
                                  float *work, float *grad_kernel, float *grad_image) {
    Pair pair;
    size_t wide = columns + 2 * border, more = side - 1;
    for (size_t o = 0; o < count; o++) {
        if (!begin_pair(rows, columns, count, offsets, o, side, border, &pair)) continue;
        Window w = pair.places;
        size_t table = (rows + 2 * more) * pair.stride, n = w.right - w.left;
        float *squares = work, *framed = work + table, *by_square = work + 2 * table;
        float *g = framed + more * pair.stride + more; /* zeros all around */
        square_gaps(&pair, image, wide, squares);
        memset(framed, 0, table * sizeof(float));
        for (size_t r = w.top; r < w.bottom; r++) {
            const float *own = grad + (o * rows + r) * columns + w.left;
            float *restrict to = g + (r - w.top) * pair.stride;
            for (size_t c = 0; c < n; c++) to[c] = own[c];
            if (pair.mirrored == count) continue;
            const float *back = grad + (pair.mirrored * rows + r) * columns + w.left + w.step;
            for (size_t c = 0; c < n; c++) to[c] += back[c];
        }
        correlate_places(w.bottom - w.top, n, side, squares, g, pair.stride, grad_kernel);
        if (grad_image == NULL) continue;
        correlate(pair.height, pair.width, side, framed, pair.stride, turned, by_square);
        for (size_t r = 0; r < pair.height; r++) {
            ptrdiff_t at = pair.corner + (ptrdiff_t)(r * wide);
            const float *one = image + at, *two = one + pair.across;
            float *by = by_square + r * pair.stride, *g_one = grad_image + at;
            float *g_two = g_one + pair.across;
            for (size_t c = 0; c < pair.width; c++) by[c] *= 2 * (two[c] - one[c]);
            for (size_t c = 0; c < pair.width; c++) g_two[c] += by[c];
            for (size_t c = 0; c < pair.width; c++) g_one[c] -= by[c];
        }
    }
}
