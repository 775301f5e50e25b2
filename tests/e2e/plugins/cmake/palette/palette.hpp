unsigned maroon();
