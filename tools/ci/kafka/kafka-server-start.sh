#!/bin/bash
# kafka-server-start.sh PROPERTIES: the broker, in the foreground.
export KAFKA_HEAP_OPTS=${KAFKA_HEAP_OPTS:--Xmx1G -Xms1G} CLASS_ARCHIVE=${CLASS_ARCHIVE:-kafka}
export KAFKA_LOG4J_OPTS=${KAFKA_LOG4J_OPTS:--Dlog4j2.configurationFile=/opt/kafka/config/log4j2.yaml}
exec /opt/kafka/bin/kafka-run-class.sh kafka.Kafka "$@"
