// Stands for Pebble where only a program of its kind is needed.
#include <cstdio>

int main() {
    std::puts("v0.0.0-test");
    return 0;
}
