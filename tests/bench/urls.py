from django.urls import path

from certification.urls import *  # noqa: F403
from certification.urls import urlpatterns as portal

from . import memory

urlpatterns = [path("bench/memory/<int:number>/", memory.page), *portal]
