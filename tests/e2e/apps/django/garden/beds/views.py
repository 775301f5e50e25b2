from django.http import HttpResponse
from django.shortcuts import render

from beds.models import Bed


def tell(get_response):
    def answer(request):
        response = get_response(request)
        print(request.method, request.path, response.status_code, flush=True)
        return response

    return answer


def beds(request):
    return render(request, "beds/beds.html", {"beds": Bed.objects.order_by("id")})


def plant(request, name):
    Bed.objects.create(plant=name)
    return HttpResponse(f"{Bed.objects.count()} beds\n")
