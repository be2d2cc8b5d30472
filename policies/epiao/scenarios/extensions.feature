Feature: What alone makes a period longer at E票电影

  # Nothing but what the policy lists makes a period longer, and each only as it has to be shown.
  @EP-RET-02 @EP-RET-06 @EP-RET-07
  Scenario Outline: A longer period for <ground>, shown by <evidence>
    Given it is 2026-01-01 09:00
    And the person has agreed to all that "account-safety" asks for
    When the platform submits "account-safety" with
      | browse-record | 影片详情页 |
    And it is to be kept until <until>, on the ground "<ground>" with
      | <evidence> | <id> |
    Then the answer says
      | code   | <answer> |
      | clause | <clause> |
      | field  | <at>     |

    Examples:
      | ground             | evidence  | id          | until      | answer                     | clause      | at       |
      | law                | citation  | law-2027-41 | 2026-12-31 | -                          | EP-RET-02   | -        |
      | law                | reference | AG-12       | 2026-12-31 | extension-evidence-missing | EP-RET-02   | evidence |
      | special-agreement  | reference | AG-12       | 2026-12-31 | -                          | EP-RET-07   | -        |
      | special-agreement  | citation  | law-2027-41 | 2026-12-31 | extension-evidence-missing | EP-RET-07   | evidence |
      | special-agreement  | reference | AG-12       | 2025-12-31 | extension-over             | EP-RET-07   | until    |
      | user-agreed-longer | reference | AG-12       | 2026-12-31 | extension-evidence-missing | EP-RET-06   | evidence |
      | convenience        | citation  | law-2027-41 | 2026-12-31 | extension-not-listed       | EP-RET-02   | ground   |

  @EP-RET-07
  Scenario: A special agreement fixes the period to the day
    Given it is 2026-01-01 09:00
    And the person has agreed to all that "account-safety" asks for
    When the platform submits "account-safety" with
      | browse-record | 影片详情页 |
    Then it is kept until 2026-07-02
    When it is to be kept until 2026-12-31, on the ground "special-agreement" with
      | reference | AG-12 |
    Then the answer is yes
    When the clock reaches 2026-12-31 23:00
    And everything due goes
    Then what is kept is
      | browse-record | 影片详情页 |
    When the clock reaches 2027-01-01 01:00
    And everything due goes
    Then nothing of it is left

  @EP-RET-06
  Scenario: What the person agreed to keep for five years goes when the person takes that back
    Given it is 2026-01-01 09:00
    And the person has agreed to all that "account-safety" asks for
    When the platform submits "account-safety" with
      | browse-record | 影片详情页 |
    Then it is kept until 2026-07-02
    When the person has given explicit consent to "longer-retention"
    And it is to be kept until 2031-01-01, on the ground "user-agreed-longer" with
      | consent | the consent |
    Then the answer is yes
    When the clock reaches 2028-01-01 09:00
    And everything due goes
    Then what is kept is
      | browse-record | 影片详情页 |
    When the person withdraws "longer-retention"
    Then nothing of it is left

  @EP-RET-06
  Scenario: Agreeing to longer is an explicit act, and what nobody agreed to shows nothing
    Given it is 2026-01-01 09:00
    And the person has agreed to all that "account-safety" asks for
    When the platform submits "account-safety" with
      | browse-record | 影片详情页 |
    And the person gives acceptance consent to "longer-retention"
    Then it is refused with "consent-level-too-low"
    When it is to be kept until 2031-01-01, on the ground "user-agreed-longer" with
      | consent | 01a21817-58de-7000-aa17-290fb2a9bccf |
    Then it is refused with "no-consent" under EP-RET-06 at "evidence"
    When the clock reaches 2026-07-02 01:00
    And everything due goes
    Then nothing of it is left
