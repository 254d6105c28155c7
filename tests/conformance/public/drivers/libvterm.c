// libvterm's screen behind the protocol of vt_dump. Build it against the library under test: see ../README.md.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vterm.h>

static VTerm* vt;
static VTermScreen* screen;
static int alternate, visible = 1;
static char title[4096];

// Rows that left the screen, oldest first; each is an array of its own.
typedef struct {
  int cols;
  VTermScreenCell* cells;
} Line;
static Line* above;
static int above_count, above_limit;

static char reply[1 << 16];
static size_t reply_size;

static void on_output(const char* bytes, size_t count, void* user) {
  (void)user;
  if (count > sizeof reply - reply_size) count = sizeof reply - reply_size;
  memcpy(reply + reply_size, bytes, count);
  reply_size += count;
}

static int on_push(int cols, const VTermScreenCell* cells, void* user) {
  (void)user;
  if (above_limit == 0) return 1;
  if (above_count == above_limit) {
    free(above[0].cells);
    memmove(above, above + 1, sizeof *above * (size_t)--above_count);
  }
  Line* line = &above[above_count++];
  line->cols = cols;
  line->cells = malloc(sizeof *cells * (size_t)cols);
  memcpy(line->cells, cells, sizeof *cells * (size_t)cols);
  return 1;
}

static int on_pop(int cols, VTermScreenCell* cells, void* user) {
  (void)user;
  if (above_count == 0) return 0;
  Line* line = &above[--above_count];
  memset(cells, 0, sizeof *cells * (size_t)cols);
  for (int i = 0; i < cols; ++i) cells[i].width = 1;
  memcpy(cells, line->cells, sizeof *cells * (size_t)(cols < line->cols ? cols : line->cols));
  free(line->cells);
  return 1;
}

static int on_clear(void* user) {
  (void)user;
  while (above_count > 0) free(above[--above_count].cells);
  return 1;
}

static int on_prop(VTermProp prop, VTermValue* value, void* user) {
  (void)user;
  if (prop == VTERM_PROP_ALTSCREEN) alternate = value->boolean;
  if (prop == VTERM_PROP_CURSORVISIBLE) visible = value->boolean;
  if (prop == VTERM_PROP_TITLE) {
    if (value->string.initial) title[0] = '\0';
    size_t have = strlen(title), more = value->string.len;
    if (more > sizeof title - 1 - have) more = sizeof title - 1 - have;
    memcpy(title + have, value->string.str, more);
    title[have + more] = '\0';
  }
  return 1;
}

static VTermScreenCallbacks callbacks = {
    .settermprop = on_prop, .sb_pushline = on_push, .sb_popline = on_pop, .sb_clear = on_clear};

static void start(int cols, int rows, int scrollback) {
  on_clear(NULL);
  if (vt) vterm_free(vt);
  above_limit = scrollback;
  above = realloc(above, sizeof *above * (size_t)(scrollback + 1));
  title[0] = '\0';
  vt = vterm_new(rows, cols);
  vterm_set_utf8(vt, 1);
  vterm_output_set_callback(vt, on_output, NULL);
  screen = vterm_obtain_screen(vt);
  vterm_screen_set_callbacks(screen, &callbacks, NULL);
  vterm_screen_enable_altscreen(screen, 1);
  vterm_screen_enable_reflow(screen, 1);
  vterm_screen_reset(screen, 1);
  alternate = 0;
  visible = 1;
}

static void put_utf8(unsigned value) {
  if (value == '"' || value == '\\') {
    printf("\\%c", (int)value);
  } else if (value < 0x80) {
    putchar((int)value);
  } else if (value < 0x800) {
    printf("%c%c", (int)(0xc0 | value >> 6), (int)(0x80 | (value & 63)));
  } else if (value < 0x10000) {
    printf("%c%c%c", (int)(0xe0 | value >> 12), (int)(0x80 | (value >> 6 & 63)), (int)(0x80 | (value & 63)));
  } else {
    printf("%c%c%c%c", (int)(0xf0 | value >> 18), (int)(0x80 | (value >> 12 & 63)), (int)(0x80 | (value >> 6 & 63)),
           (int)(0x80 | (value & 63)));
  }
}

static void put_color(const char* name, const VTermColor* color) {
  printf("\"%s\":\"", name);
  if (VTERM_COLOR_IS_DEFAULT_FG(color) || VTERM_COLOR_IS_DEFAULT_BG(color)) {
  } else if (VTERM_COLOR_IS_INDEXED(color)) {
    printf("%d", color->indexed.idx);
  } else {
    printf("#%02x%02x%02x", color->rgb.red, color->rgb.green, color->rgb.blue);
  }
  printf("\",");
}

// Looks are numbered by their first use in a dump; each is kept as a cell without text.
static VTermScreenCell looks[1 << 16];
static int look_count;

static int number_of(const VTermScreenCell* cell) {
  for (int i = 0; i < look_count; ++i) {
    if (!memcmp(&looks[i].attrs, &cell->attrs, sizeof cell->attrs) && !memcmp(&looks[i].fg, &cell->fg, sizeof cell->fg) &&
        !memcmp(&looks[i].bg, &cell->bg, sizeof cell->bg))
      return i;
  }
  looks[look_count] = *cell;
  return look_count++;
}

static void put_cell(const VTermScreenCell* cell, int tail) {
  printf("[\"");
  if (!tail && (cell->chars[0] == 0 || cell->chars[0] == (unsigned)-1)) putchar(' ');
  for (int i = 0; !tail && i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i] && cell->chars[i] != (unsigned)-1; ++i)
    put_utf8(cell->chars[i]);
  printf("\",%d,%d]", tail ? 0 : cell->width == 2 ? 2 : 1, number_of(cell));
}

static void put_line(const VTermScreenCell* cells, int cols, int wrapped) {
  printf("{\"wrapped\":%s,\"cells\":[", wrapped ? "true" : "false");
  int tail = 0;
  for (int col = 0; col < cols; ++col) {
    if (col) putchar(',');
    put_cell(&cells[col], tail);
    tail = !tail && cells[col].width == 2;
  }
  printf("]}");
}

static void put_look(const VTermScreenCell* cell) {
  const VTermScreenCellAttrs* a = &cell->attrs;
  putchar('{');
  put_color("fg", &cell->fg);
  put_color("bg", &cell->bg);
  const char* names[] = {a->bold ? "bold " : "",      a->italic ? "italic " : "",     a->blink ? "blink " : "",
                         a->reverse ? "inverse " : "", a->conceal ? "invisible " : "", a->strike ? "strike " : "",
                         a->dwl ? "double " : "",      a->small ? "small " : "",
                         a->baseline == 1 ? "raise " : a->baseline == 2 ? "lower " : ""};
  char flags[96] = "";
  if (a->font) sprintf(flags, "font%d ", a->font);
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) strcat(flags, names[i]);
  if (flags[0]) flags[strlen(flags) - 1] = '\0';
  printf("\"ul\":\"\",\"underline\":%d,\"flags\":\"%s\",\"link\":\"\"}", a->underline, flags);
}

static void dump(void) {
  int rows, cols;
  vterm_get_size(vt, &rows, &cols);
  VTermPos at;
  vterm_state_get_cursorpos(vterm_obtain_state(vt), &at);
  look_count = 0;
  printf("{\"cols\":%d,\"rows\":%d,\"cursor\":[%d,%d],\"pending\":false,\"visible\":%s,\"alternate\":%s,\"title\":\"", cols,
         rows, at.col, at.row, visible ? "true" : "false", alternate ? "true" : "false");
  for (const char* c = title; *c; ++c) {
    if (*c == '"' || *c == '\\') putchar('\\');
    putchar(*c);
  }
  printf("\",\"screen\":[");
  VTermScreenCell* cells = calloc((size_t)cols, sizeof *cells);
  for (int row = 0; row < rows; ++row) {
    for (int col = 0; col < cols; ++col) vterm_screen_get_cell(screen, (VTermPos){row, col}, &cells[col]);
    const int wrapped = row + 1 < rows && vterm_state_get_lineinfo(vterm_obtain_state(vt), row + 1)->continuation;
    if (row) putchar(',');
    put_line(cells, cols, wrapped);
  }
  free(cells);
  printf("],\"scrollback\":[");
  for (int i = 0; i < above_count; ++i) {
    if (i) putchar(',');
    put_line(above[i].cells, above[i].cols, 0);
  }
  printf("],\"looks\":[");
  for (int i = 0; i < look_count; ++i) {
    if (i) putchar(',');
    put_look(&looks[i]);
  }
  puts("]}");
}

int main(void) {
  char line[256];
  start(80, 24, 1000);
  while (fgets(line, sizeof line, stdin)) {
    int a = 0, b = 0, c = 0;
    char name[16] = "";
    sscanf(line, "%15s %d %d %d", name, &a, &b, &c);
    if (!strcmp(name, "reset")) {
      start(a, b, c);
      puts("{}");
    } else if (!strcmp(name, "resize")) {
      vterm_set_size(vt, b, a);
      puts("{}");
    } else if (!strcmp(name, "dump")) {
      dump();
    } else if (!strcmp(name, "feed")) {
      char* bytes = malloc((size_t)a + 1);
      if (fread(bytes, 1, (size_t)a, stdin) != (size_t)a) return 2;
      reply_size = 0;
      vterm_input_write(vt, bytes, (size_t)a);
      free(bytes);
      printf("{\"reply\":\"");
      for (size_t i = 0; i < reply_size; ++i) printf("%02x", (unsigned char)reply[i]);
      puts("\"}");
    } else {
      return 2;
    }
    fflush(stdout);
  }
  return 0;
}
