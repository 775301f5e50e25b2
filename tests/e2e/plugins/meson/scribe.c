#include <jansson.h>
#include <stdio.h>

int main(void) {
    json_t* object = json_pack("{s:s}", "motto", MOTTO);
    char* text = json_dumps(object, JSON_COMPACT);
    puts(text);
    return text == NULL;
}
