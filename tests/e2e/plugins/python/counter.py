import six


def main():
    print("counted with six", six.__version__)
