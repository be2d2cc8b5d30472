#!/bin/bash
# kafka-run-class.sh CLASS ARGUMENTS…: as in an Apache Kafka distribution. CLASS_ARCHIVE names the class archive to start from, which
# only saves time: /opt/kafka/NAME.jsa. The variables hold several options each, so they are not quoted.
# shellcheck disable=SC2206
options=(
  ${KAFKA_HEAP_OPTS:--Xmx256M}
  ${KAFKA_JVM_PERFORMANCE_OPTS:--server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:+ExplicitGCInvokesConcurrent}
  -Djava.awt.headless=true
  ${KAFKA_LOG4J_OPTS:--Dlog4j2.configurationFile=/opt/kafka/config/tools-log4j2.yaml}
  ${KAFKA_JMX_OPTS:-}
  ${KAFKA_OPTS:-}
)
archive=/opt/kafka/${CLASS_ARCHIVE:-none}.jsa
[ ! -f "$archive" ] || options+=("-XX:SharedArchiveFile=$archive" -Xshare:auto)
exec java "${options[@]}" -cp '/opt/kafka/libs/*' "$@"
