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
