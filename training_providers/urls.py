app_name = "training_providers"
urlpatterns = []
