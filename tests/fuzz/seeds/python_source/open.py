s = (
  '''
never closed
app = 1
