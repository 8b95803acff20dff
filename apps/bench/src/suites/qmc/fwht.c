/*
 * The Walsh-Hadamard transform as a compiled reference computes it: one pass over memory for each level, which adds, subtracts
 * and scales by the square root of 1/2.
 */
#include <math.h>
#include <stddef.h>

void fwht(double *x, size_t n) {
  const double s = sqrt(0.5);
  for (size_t h = 1; h < n; h *= 2) {
    for (size_t b = 0; b < n; b += 2 * h) {
      for (size_t i = b; i < b + h; i++) {
        const double p = x[i], q = x[i + h];
        x[i] = (p + q) * s;
        x[i + h] = (p - q) * s;
      }
    }
  }
}
