#include <stdio.h>
#include <string.h>
#include <zlib.h>

const char* words(void);

int main(void) {
    unsigned char small[256], back[256];
    uLongf size = sizeof small, whole = sizeof back;
    const char* text = words();
    if (compress(small, &size, (const unsigned char*)text, strlen(text) + 1) != Z_OK) return 1;
    if (uncompress(back, &whole, small, size) != Z_OK || strcmp((const char*)back, text) != 0) return 2;
    printf("%s: %lu bytes there and back\n", GREETING, (unsigned long)whole);
    return 0;
}
