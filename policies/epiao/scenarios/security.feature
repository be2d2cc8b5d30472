Feature: Security of E票电影

  @EP-SEC-06
  Scenario: Data is opened by those whose task it is, and by nobody else
    Given the person has agreed to all that "ordering" asks for
    And the platform submits "ordering"
    When the platform opens "mobile-number" for "ordering"
    Then the answer is yes
    When an auditor opens "mobile-number" for "ordering"
    Then the answer says
      | code | platform/role-may-not |

  @EP-SEC-02
  Scenario: What travelled without encryption is not taken in
    Given the person has agreed to all that "ordering" asks for
    When the platform submits "ordering" over plain HTTP
    Then the answer says
      | code | platform/https-needed |
    When the platform submits "ordering"
    Then it is admitted

  @EP-SEC-04
  Scenario: Where it lies it cannot be read
    Given the person has agreed to all that "ordering" asks for
    When the platform submits "ordering" and also
      | mobile-number | 13816550021 |
    Then it is admitted
    When an auditor looks at how what is held of the person is stored
    Then the answer says
      | inClear | 0 |
      | weaker  | - |
      | parts   | 1 |
      | sealed  | 1 |
    When the platform opens "mobile-number" for "ordering"
    Then the answer says
      | mobile-number | 13816550021 |

  @EP-SEC-02
  Scenario: What comes through the log is sealed on its way, judged by the same policy and answered there
    Given the platform submits through the log
    When the platform submits "ordering" and also
      | mobile-number | 13816550021 |
    Then it is refused with "policy-not-accepted" under EP-CON-01 at "notice"
    And nothing that travelled through the log can be read
    Given the person has agreed to all that "ordering" asks for
    When the platform submits "ordering" and also
      | mobile-number | 13816550021 |
    Then it is admitted
    And nothing that travelled through the log can be read
