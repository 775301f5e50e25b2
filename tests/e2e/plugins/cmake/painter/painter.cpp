#include <png.h>
#include <palette.hpp>

#include <cstdio>
#include <vector>

int main() {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = image.height = 2;
    image.format = PNG_FORMAT_RGB;
    std::vector<unsigned char> dots(12, static_cast<unsigned char>(maroon() >> 16));
    png_alloc_size_t size = 0;
    if (!png_image_write_get_memory_size(image, size, 0, dots.data(), 0, nullptr)) return 1;
    std::printf("a picture of %u dots in %06x\n", image.width * image.height, maroon());
}
