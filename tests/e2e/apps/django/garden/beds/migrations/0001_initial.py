from django.db import migrations, models


def first(apps, _):
    for plant in ("kale", "leek"):
        apps.get_model("beds", "Bed").objects.create(plant=plant)


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Bed", [("id", models.BigAutoField(primary_key=True, auto_created=True, serialize=False)),
                                       ("plant", models.CharField(max_length=40))]),
        migrations.RunPython(first, migrations.RunPython.noop),
    ]
