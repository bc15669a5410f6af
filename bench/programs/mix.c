/* A mix in the proportions of embedded benchmarks: list search and sort, matrices, a state machine over text, a CRC. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct node { struct node *next; int16_t key, value; };
static struct node nodes[256];
static int16_t a[24][24], b[24][24];
static int32_t c[24][24];

static uint16_t crc16(uint16_t crc, uint32_t v, int bits) {
  for (int i = 0; i < bits; i++, v >>= 1) { uint16_t bit = (crc ^ v) & 1; crc >>= 1; if (bit) crc ^= 0xa001; }
  return crc;
}

static struct node *merge(struct node *x, struct node *y) {
  struct node head, *tail = &head;
  while (x && y) {
    struct node **least = x->key <= y->key ? &x : &y;
    tail->next = *least; tail = *least; *least = (*least)->next;
  }
  tail->next = x ? x : y;
  return head.next;
}
static struct node *sort(struct node *list) {
  if (!list || !list->next) return list;
  struct node *slow = list, *fast = list->next;
  while (fast && fast->next) { slow = slow->next; fast = fast->next->next; }
  struct node *half = slow->next;
  slow->next = 0;
  return merge(sort(list), sort(half));
}

static uint16_t lists(uint16_t crc, unsigned seed) {
  for (int i = 0; i < 256; i++) {
    seed = seed * 1103515245u + 12345u;
    nodes[i].key = seed >> 16; nodes[i].value = i; nodes[i].next = i < 255 ? &nodes[i + 1] : 0;
  }
  for (struct node *n = sort(nodes); n; n = n->next) crc = crc16(crc, (uint16_t)n->value, 8);
  return crc;
}

static uint16_t matrices(uint16_t crc, int seed) {
  for (int i = 0; i < 24; i++) for (int j = 0; j < 24; j++) { a[i][j] = (i * j + seed) & 0xff; b[i][j] = (i + j * seed) & 0xff; }
  for (int i = 0; i < 24; i++) for (int j = 0; j < 24; j++) {
    int32_t sum = 0;
    for (int k = 0; k < 24; k++) sum += a[i][k] * b[k][j];
    c[i][j] = sum;
  }
  for (int i = 0; i < 24; i++) crc = crc16(crc, c[i][i], 16);
  return crc;
}

enum state { start, sign, digits, point, fraction, exponent, bad, STATES };
static uint16_t machine(uint16_t crc) {
  static const char text[] = "5012,-1.5,+874,0.1e3,T0.3e-1F,-110.700,+0.64400,87.65e+2,-,1.2.3,5e,";
  unsigned counts[STATES] = {0};
  enum state s = start;
  for (const char *p = text; *p; p++) {
    char ch = *p;
    if (ch == ',') { counts[s]++; s = start; continue; }
    int digit = ch >= '0' && ch <= '9';
    switch (s) {
      case start: s = digit ? digits : ch == '+' || ch == '-' ? sign : ch == '.' ? point : bad; break;
      case sign: s = digit ? digits : ch == '.' ? point : bad; break;
      case digits: s = digit ? digits : ch == '.' ? point : ch == 'e' ? exponent : bad; break;
      case point: case fraction: s = digit ? fraction : ch == 'e' ? exponent : bad; break;
      case exponent: s = digit || ch == '+' || ch == '-' ? exponent : bad; break;
      default: break;
    }
  }
  for (int i = 0; i < STATES; i++) crc = crc16(crc, counts[i], 16);
  return crc;
}

int main(void) {
  uint16_t crc = 0;
  for (int i = 0; i < 600; i++) crc = machine(matrices(lists(crc, i), i));
  printf("%u\n", crc);
}
