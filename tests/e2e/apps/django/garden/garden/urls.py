from django.urls import path

from beds import views

urlpatterns = [path("", views.beds), path("plant/<str:name>", views.plant)]
