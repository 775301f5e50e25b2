#include "palette.hpp"
unsigned maroon() { return 0x800000; }
