from setuptools import setup

setup(name="counter", version="1", py_modules=["counter"], entry_points={"console_scripts": ["counter=counter:main"]})
