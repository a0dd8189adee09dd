# One image for web, worker, beat and release; docker-compose.yml says which command each runs.
FROM python:3.12-slim-trixie AS build
WORKDIR /portal
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.12-slim-trixie
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
        fonts-noto-core postgresql-common \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install --yes --no-install-recommends postgresql-client-18 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --no-create-home portal
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /portal
COPY --from=build /venv /venv
COPY . .
# Static files are made once, here. The values only let the settings load; none of them stays in the image.
RUN SECRET_KEY=unused SEALING_KEYS=unused FINGERPRINT_KEY=unused SITE_URL=https://unused.invalid ALLOWED_HOSTS=unused.invalid \
    DATABASE_URL=postgres://unused REDIS_URL=redis://unused EMAIL_URL=smtp://unused FROM_EMAIL=unused@unused.invalid \
    PROGRAM_PHONE=unused PROGRAM_ADDRESS=unused DOCUMENTS_BUCKET=unused \
    python manage.py collectstatic --no-input --verbosity 0
USER portal
EXPOSE 8000
CMD ["gunicorn", "certification.wsgi", "--bind", "0.0.0.0:8000"]
