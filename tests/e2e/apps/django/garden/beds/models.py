from django.db import models


class Bed(models.Model):
    plant = models.CharField(max_length=40)
