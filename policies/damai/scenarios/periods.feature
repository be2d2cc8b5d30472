Feature: The period of every class of data at Damai
  The text names one number, the three years of transactions. Every other one was decided on, and is told as not stated.

  Background:
    Given it is 2026-03-02 09:00

  @DM-RET-02
  Scenario Outline: What counts from its collection: <purpose> is kept until <end>
    Given the person has agreed to all that "<purpose>" asks for
    When the platform submits "<purpose>"
    Then it is kept until <end>

    Examples:
      | purpose           | end        |
      | face-verification | 2027-03-03 |
      | display-and-logs  | 2026-09-03 |
      | album             | 2027-03-03 |

  @DM-RET-08
  Scenario: Preferences are kept for half a year, a month's together
    Given the person has agreed to all that "personalized-display" asks for
    When the platform submits "personalized-display" with
      | preferred-genre | concert |
    Then it is kept until 2026-09-02

  @DM-RET-02
  Scenario Outline: What counts from an event: <purpose> is kept until <end>
    Given the person has agreed to all that "<purpose>" asks for
    And the "<event>" of the "<matter>" is on 2026-03-01
    When the platform submits "<purpose>"
    Then it is kept until <end>

    Examples:
      | purpose          | event          | matter  | end        |
      | real-name        | account-closed | account | 2026-03-17 |
      | customer-service | case-closed    | case    | 2027-03-02 |

  # Three years from completion are the law's, and the last day of the floor belongs to it; a month more, in which a month of orders is folded at once.
  @DM-RET-03 @DM-RET-08
  Scenario Outline: <purpose>: the law's three years, and a month
    When the "transaction-completed" of the "order" is on 2026-02-28
    And the platform submits "<purpose>"
    Then its parts are
      | class   | disposal   | floor      |
      | <class> | <disposal> | 2029-03-01 |

    Examples:
      | purpose | class    | disposal   |
      | order   | orders   | 2029-03-02 |
      | invoice | invoices | 2029-03-29 |

  @DM-RET-02
  Scenario: Those a ticket is bought for are known for half a year after the transaction
    When the "transaction-completed" of the "order" is on 2026-03-01
    And another person is also named, as "other-person-authorized", with
      | legal-name | 李雷 |
    And the platform submits "order"
    Then its parts are
      | class      | disposal   |
      | orders     | 2029-04-02 |
      | attendance | 2026-09-02 |

  @DM-RET-02 @DM-RET-08
  Scenario Outline: <purpose> waits for the <event> for a limited time only; then somebody has to look
    Given the person has agreed to all that "<purpose>" asks for
    When the platform submits "<purpose>"
    Then it waits for its day
    When the clock reaches <before> 23:00
    Then nothing is a finding
    When the clock reaches <found> 01:00
    Then "waiting-past-limit" is a finding about "<class>"

    Examples:
      | purpose          | class         | event                        | before     | found      |
      | real-name        | identity      | closing of the account       | 2036-03-02 | 2036-03-03 |
      | order            | orders        | completion of the transaction | 2028-03-02 | 2028-03-03 |
      | invoice          | invoices      | completion of the transaction | 2028-03-02 | 2028-03-03 |
      | customer-service | service-cases | closing of the case          | 2028-03-02 | 2028-03-03 |

  @DM-RET-02
  Scenario: Those a ticket is bought for wait no longer than the order does
    When another person is also named, as "other-person-authorized", with
      | legal-name | 李雷 |
    And the platform submits "order"
    Then it waits for its day
    When the clock reaches 2028-03-02 23:00
    Then nothing is a finding
    When the clock reaches 2028-03-03 01:00
    Then "waiting-past-limit" is a finding about "attendance"

  @DM-RET-04
  Scenario Outline: Kept for transactions, their records and later questions: <purpose> until <end>
    Given the person has agreed to all that "<purpose>" asks for
    And the "<event>" of the "<matter>" is on 2026-03-01
    When the platform submits "<purpose>"
    Then it is kept until <end>

    Examples:
      | purpose          | event                 | matter | end        |
      | ticket-delivery  | transaction-completed | order  | 2026-09-02 |
      | customer-service | case-closed           | case   | 2027-03-02 |

  @DM-RET-04
  Scenario: A delivery waits for its transaction for a limited time only; then somebody has to look
    When the platform submits "ticket-delivery"
    Then it waits for its day
    When the clock reaches 2028-03-02 23:00
    Then nothing is a finding
    When the clock reaches 2028-03-03 01:00
    Then "waiting-past-limit" is a finding about "delivery"

  @DM-RET-05
  Scenario: Kept for the safety and quality of the service: half a year of security logs
    When the platform submits "security" with
      | ip-address | 192.0.2.7 |
    Then it is kept until 2026-09-03
    When the clock reaches 2026-09-02 23:00
    And everything due goes
    Then what is kept is
      | ip-address | 192.0.2.7 |
    When the clock reaches 2026-09-03 01:00
    And everything due goes
    Then nothing of it is left

  # A schedule that cannot say why is no schedule.
  @DM-RET-04 @DM-RET-05
  Scenario Outline: A period that rests on no ground of the policy is none: <class>
    Then a version of 2026-05-01 is no pack, for "period-without-factor", in which
      | classes.<class>.factor | - |
    And a version of 2026-05-01 is no pack, for "undeclared-factor", in which
      | classes.<class>.factor | convenience |

    Examples:
      | class         |
      | delivery      |
      | security-logs |

  # And a ground that the policy no longer names carries no period.
  @DM-RET-04 @DM-RET-05
  Scenario Outline: Without the ground <ground> what rests on it has no period
    Then a version of 2026-05-01 is no pack, for "undeclared-factor", in which
      | retention.factors.<ground> | - |

    Examples:
      | ground                     |
      | transactions-and-questions |
      | safety-and-quality         |
