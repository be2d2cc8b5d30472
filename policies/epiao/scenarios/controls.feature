Feature: Security controls of E票电影

  Scenario Outline: Evidence of <control> is filed again in time
    Given it is 2026-03-02 09:00
    Then the control "<control>" is "missing"
    When an officer files "rumor" as evidence of "<control>"
    Then it is refused with "collection/other-evidence"
    When an officer files "<kind>" as evidence of "<control>"
    Then the answer says
      | until | <until> |
    And the control "<control>" is "current"
    When the clock reaches <until> 23:00
    Then the control "<control>" is "current"
    When the clock reaches <overdue> 01:00
    Then the control "<control>" is "overdue"

    @EP-SEC-02
    Examples:
      | control              | kind            | until      | overdue    |
      | transport-encryption | transport-check | 2026-04-02 | 2026-04-03 |

    @EP-SEC-04
    Examples:
      | control            | kind          | until      | overdue    |
      | encryption-at-rest | sealing-check | 2026-04-02 | 2026-04-03 |

    @EP-SEC-06
    Examples:
      | control        | kind          | until      | overdue    |
      | access-control | access-review | 2026-09-02 | 2026-09-03 |
