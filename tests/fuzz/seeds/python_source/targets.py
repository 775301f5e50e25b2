a = b = rb"\"" ; c: int = 3
d \
  = 4
e=5f += 6
(g) = 7
h[i] = j.k = l
