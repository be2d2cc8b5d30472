Feature: Security of 小票票商户版

  @XP-SEC-05
  Scenario: Data is opened by those whose task it is, and by nobody else
    Given the person has agreed to all that "usage-log" asks for
    And the platform submits "usage-log"
    When the platform opens "access-time" for "usage-log"
    Then the answer is yes
    When an auditor opens "access-time" for "usage-log"
    Then the answer says
      | code | platform/role-may-not |

  @XP-SEC-07
  Scenario: What travelled without encryption is not taken in
    Given the person has agreed to all that "usage-log" asks for
    When the platform submits "usage-log" over plain HTTP
    Then the answer says
      | code | platform/https-needed |
    When the platform submits "usage-log"
    Then it is admitted

  @XP-SEC-07
  Scenario: What comes through the log is sealed on its way, judged by the same policy and answered there
    Given the person has agreed to all that "account" asks for
    And the platform submits through the log
    When the platform submits "account" and also
      | mobile-number | 13816550021 |
    Then it is admitted
    And nothing that travelled through the log can be read
