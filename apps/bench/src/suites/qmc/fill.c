/* Writes n numbers, on two threads one half each: what the memory of the machine allows. */
#include <pthread.h>
#include <stddef.h>

struct part {
  double *x;
  size_t n;
};

static void *fill_part(void *argument) {
  const struct part *p = argument;
  double value = 0;
  for (size_t i = 0; i < p->n; i++, value += 1) p->x[i] = value;
  return NULL;
}

void fill(double *x, size_t n, int threads) {
  struct part first = {x, threads == 2 ? n / 2 : n}, second = {x + n / 2, n - n / 2};
  pthread_t other;
  if (threads == 2 && pthread_create(&other, NULL, fill_part, &second) != 0) return;
  fill_part(&first);
  if (threads == 2) pthread_join(other, NULL);
}
