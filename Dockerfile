# One image for site, worker, beat and migrations; what it is to be says the command.
FROM python:3.13-slim-bookworm
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk fonts-noto-core \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /var/lib/seatbill seatbill
WORKDIR /opt/seatbill
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
USER seatbill
ENV PYTHONUNBUFFERED=1 SEATBILL_VAR=/var/lib/seatbill
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "billingsite.wsgi:application"]
