#include "config.h"
#include <stdio.h>
#include <yaml.h>

int main(void) {
    const char* text = "{a: [1, 2], b: three}";
    yaml_parser_t parser;
    yaml_event_t event;
    int scalars = 0, last = 0;
    if (!yaml_parser_initialize(&parser)) return 1;
    yaml_parser_set_input_string(&parser, (const unsigned char*)text, strlen(text));
    while (!last) {
        if (!yaml_parser_parse(&parser, &event)) return 2;
        scalars += event.type == YAML_SCALAR_EVENT;
        last = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
#ifdef LOUD
    printf("READ %d SCALARS\n", scalars);
#else
    printf("read %d scalars\n", scalars);
#endif
    return 0;
}
