Feature: The period of every class of data at E票电影
  A period rests on one of four grounds; where the text names no number, one was decided on.

  Background:
    Given it is 2026-03-02 09:00

  @EP-RET-05
  Scenario Outline: Kept for the safety and quality of the service: <purpose> until <end>
    Given the person has agreed to all that "<purpose>" asks for
    When the platform submits "<purpose>"
    Then it is kept until <end>

    Examples:
      | purpose        | end        |
      | service-log    | 2026-09-03 |
      | account-safety | 2026-09-03 |
      | device         | 2026-09-03 |
      | cinema-map     | 2026-09-03 |

  # The distance to a cinema is known at once, and with it the purpose is over: the day itself, gone before the next one ends.
  @EP-RET-01
  Scenario: A position is needed for the moment
    Given the person has agreed to all that "nearby-cinemas" asks for
    When the platform submits "nearby-cinemas"
    Then it is kept until 2026-03-03

  @EP-RET-03
  Scenario: The law's three years of trade
    Given the person has agreed to all that "ordering" asks for
    When the "transaction-completed" of the "order" is on 2026-03-01
    And the platform submits "ordering"
    Then its parts are
      | class  | disposal   | floor      |
      | orders | 2029-03-02 | 2029-03-02 |

  @EP-RET-03
  Scenario: The law's three years of trade are those of the payment too
    Given the person has agreed to all that "payment-status" asks for
    When the "transaction-completed" of the "order" is on 2026-03-01
    And the submission says
      | source | indirect |
      | party  | alipay   |
    And the platform submits "payment-status"
    Then its parts are
      | class            | disposal   | floor      |
      | payment-progress | 2029-03-02 | 2029-03-02 |

  @EP-RET-03
  Scenario: How far a payment has come waits no longer than the order does
    Given the person has agreed to all that "payment-status" asks for
    When the submission says
      | source | indirect |
      | party  | alipay   |
    And the platform submits "payment-status"
    Then it waits for its day
    When the clock reaches 2028-03-02 23:00
    Then nothing is a finding
    When the clock reaches 2028-03-03 01:00
    Then "waiting-past-limit" is a finding about "payment-progress"

  @EP-RET-04
  Scenario Outline: Kept for trade, its records and complaints: <purpose> until <end>
    Given the person has agreed to all that "<purpose>" asks for
    When the "<event>" of the "<matter>" is on 2026-03-01
    And the platform submits "<purpose>"
    Then it is kept until <end>

    Examples:
      | purpose          | event           | matter   | end        |
      | customer-service | case-closed     | case     | 2029-03-02 |
      | activity         | activity-ended  | activity | 2026-05-31 |
      | prize-delivery   | prize-delivered | prize    | 2026-05-31 |

  # A schedule that cannot say why is no schedule.
  @EP-RET-04 @EP-RET-05
  Scenario Outline: A period that rests on no ground of the policy is none: <class>
    Then a version of 2026-05-01 is no pack, for "period-without-factor", in which
      | classes.<class>.factor | - |
    And a version of 2026-05-01 is no pack, for "undeclared-factor", in which
      | classes.<class>.factor | convenience |

    Examples:
      | class |
      | cases |
      | logs  |

  # What the policy says of the end of a period holds for every class: nothing else is promised, and nothing else is done.
  @EP-RET-08
  Scenario Outline: A period that ends in another way than the policy says is none
    Then a version of 2026-05-01 is no pack, for "method-not-promised", in which
      | retention.onExpiry.methods | <methods> |

    Examples:
      | methods     |
      | [delete]    |
      | [anonymize] |

  @EP-RET-03 @EP-RET-04
  Scenario Outline: <purpose> waits for what its period counts from for a limited time only; then somebody has to look
    Given the person has agreed to all that "<purpose>" asks for
    When the platform submits "<purpose>"
    Then it waits for its day
    When the clock reaches <before> 23:00
    Then nothing is a finding
    When the clock reaches <found> 01:00
    Then "waiting-past-limit" is a finding about "<class>"

    Examples:
      | purpose          | class            | before     | found      |
      | ordering         | orders           | 2028-03-02 | 2028-03-03 |
      | customer-service | cases            | 2028-03-02 | 2028-03-03 |
      | activity         | activities       | 2027-03-02 | 2027-03-03 |
      | prize-delivery   | prizes           | 2027-03-02 | 2027-03-03 |

  @EP-RET-05
  Scenario: Service logs go down the ladder only as far as twenty people share a cell
    When 20 people submit "service-log", with in turn
      | access-time  | 2026-03-01T10:00:00+08:00 |
      | carrier      | 中国移动                  |
      | browser-type | Chrome, Safari            |
    And 20 people submit "service-log", with in turn
      | access-time  | 2026-02-28T10:00:00+08:00 |
      | carrier      | 中国移动, 中国联通        |
      | browser-type | Chrome                    |
    And the clock reaches 2026-09-03 01:00
    And everything due goes
    Then what is left of "logs" are these cells
      | people | month   | carrier  | browser |
      | 20     | 2026-03 | 中国移动 | -       |
      | 20     | 2026-02 | -        | -       |

  @EP-RET-05 @EP-RET-08
  Scenario: A day of service logs becomes cells of twenty people
    When 20 people submit "service-log", with in turn
      | access-time  | 2026-02-28T10:00:00+08:00 |
      | carrier      | 中国移动                  |
      | browser-type | Chrome                    |
    And 20 people submit "service-log", with in turn
      | access-time  | 2026-03-01T10:00:00+08:00 |
      | carrier      | 中国联通                  |
      | browser-type | Safari                    |
    And 20 people submit "service-log", with in turn
      | access-time  | 2026-03-01T10:00:00+08:00 |
      | carrier      | 中国电信                  |
      | browser-type | Edge                      |
    And 20 people submit "service-log", with in turn
      | access-time  | 2026-03-01T10:00:00+08:00 |
      | carrier      | 中国广电                  |
      | browser-type | Firefox                   |
    And 20 people submit "service-log", with in turn
      | access-time  | 2026-03-01T10:00:00+08:00 |
      | carrier      | 某运营商                  |
      | browser-type | 微信内置浏览器            |
    And 19 people submit "service-log", with in turn
      | access-time  | 2026-01-01T10:00:00+08:00 |
    And the clock reaches 2026-09-03 01:00
    And everything due goes
    Then what is left of "logs" are these cells
      | people | month   | carrier  | browser        |
      | 20     | 2026-02 | 中国移动 | Chrome         |
      | 20     | 2026-03 | 中国联通 | Safari         |
      | 20     | 2026-03 | 中国电信 | Edge           |
      | 20     | 2026-03 | 中国广电 | Firefox        |
      | 20     | 2026-03 | other    | 微信内置浏览器 |
