Feature: The period of every class of data at the expo
  The text names no number: each was decided on, by the end of its purpose or of the account.

  Background:
    Given it is 2026-03-02 09:00

  @CI-RET-01
  Scenario Outline: What counts from its collection: <purpose> until <end>
    Given the person has agreed to all that "<purpose>" asks for
    When the platform submits "<purpose>"
    Then it is kept until <end>

    Examples:
      | purpose            | end        |
      | stability          | 2026-09-03 |
      | terminal-security  | 2026-09-03 |
      | personalization    | 2026-09-03 |
      | precise-location   | 2026-04-03 |
      | normal-operation   | 2026-04-03 |
      | face-and-real-name | 2026-09-03 |
      | alipay-payment     | 2027-03-03 |

  @CI-RET-02
  Scenario: What the account tells of somebody goes with the account
    Given the person has agreed to all that "profile" asks for
    When the "account-closed" of the "account" is on 2026-03-01
    And the platform submits "profile" with
      | education | 本科 |
    Then it is kept until 2026-03-17

  @CI-RET-02
  Scenario: What the account tells waits for its closing for a limited time only; then somebody has to look
    Given the person has agreed to all that "profile" asks for
    When the platform submits "profile" with
      | education | 本科 |
    Then it waits for its day
    When the clock reaches 2036-03-02 23:00
    Then nothing is a finding
    When the clock reaches 2036-03-03 01:00
    Then "waiting-past-limit" is a finding about "profiles"

  @CI-RET-01
  Scenario Outline: What counts from an event: <purpose> until <end>
    Given the person has agreed to all that "<purpose>" asks for
    When the "<event>" of the "<matter>" is on 2026-03-01
    And the platform submits "<purpose>"
    Then it is kept until <end>

    Examples:
      | purpose          | event          | matter     | end        |
      | registration     | expo-closed    | exhibition | 2027-03-02 |
      | customer-service | case-closed    | case       | 2027-03-02 |

  @CI-RET-01
  Scenario Outline: <purpose> waits for what its period counts from for a limited time only; then somebody has to look
    Given the person has agreed to all that "<purpose>" asks for
    When the platform submits "<purpose>"
    Then it waits for its day
    When the clock reaches <before> 23:00
    Then nothing is a finding
    When the clock reaches <found> 01:00
    Then "waiting-past-limit" is a finding about "<class>"

    Examples:
      | purpose          | class         | before     | found      |
      | registration     | registrations | 2028-03-02 | 2028-03-03 |
      | customer-service | service-cases | 2028-03-02 | 2028-03-03 |

  @CI-RET-02
  Scenario: A month of answers becomes cells of twenty people
    When 20 people submit "survey", with in turn
      | age        | 12, 14       |
      | gender     | 男           |
      | preference | 食品及农产品 |
    And 20 people submit "survey", with in turn
      | age        | 15, 17 |
      | gender     | 女     |
      | preference | 汽车   |
    And 20 people submit "survey", with in turn
      | age        | 18, 24   |
      | gender     | 男       |
      | preference | 技术装备 |
    And 20 people submit "survey", with in turn
      | age        | 25, 34 |
      | gender     | 女     |
      | preference | 消费品 |
    And 20 people submit "survey", with in turn
      | age        | 35, 44         |
      | gender     | 男             |
      | preference | 医疗器械及医药保健 |
    And 20 people submit "survey", with in turn
      | age        | 45, 59   |
      | gender     | 女       |
      | preference | 服务贸易 |
    And 20 people submit "survey", with in turn
      | age        | 60, 99 |
      | preference | 其他   |
    And the clock reaches 2027-03-02 01:00
    And everything due goes
    Then what is left of "surveys" are these cells
      | people | age-band | gender  | preference         |
      | 20     | below-15 | 男      | 食品及农产品       |
      | 20     | 15-18    | 女      | 汽车               |
      | 20     | 18-25    | 男      | 技术装备           |
      | 20     | 25-35    | 女      | 消费品             |
      | 20     | 35-45    | 男      | 医疗器械及医药保健 |
      | 20     | 45-60    | 女      | 服务贸易           |
      | 20     | 60-up    | unknown | other              |

  @CI-RET-02
  Scenario: Answers go down the ladder only as far as twenty people share a cell
    When 20 people submit "survey", with in turn
      | age        | 20     |
      | gender     | 男, 女 |
      | preference | 汽车   |
    And 20 people submit "survey", with in turn
      | age        | 20, 30 |
      | gender     | 男     |
      | preference | 消费品 |
    And the clock reaches 2027-03-02 01:00
    And everything due goes
    Then what is left of "surveys" are these cells
      | people | age-band | gender | preference |
      | 20     | 18-25    | -      | 汽车       |
      | 20     | -        | -      | 消费品     |

  @CI-RET-02
  Scenario: Of nineteen answers nothing is left
    When 19 people submit "survey", with in turn
      | age        | 30     |
      | preference | 消费品 |
    And the clock reaches 2027-03-02 01:00
    And everything due goes
    Then no cell is left of "surveys"

  @CI-RET-02
  Scenario Outline: A period that ends in another way than the policy says is none
    Then a version of 2026-05-01 is no pack, for "method-not-promised", in which
      | retention.onExpiry.methods | <methods> |

    Examples:
      | methods     |
      | [delete]    |
      | [anonymize] |
