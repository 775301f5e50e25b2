const char* words(void) { return "to and fro and to and fro and to and fro"; }
