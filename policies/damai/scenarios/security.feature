Feature: How Damai protects what it holds

  @DM-SEC-03
  Scenario: What is stored is sealed, and whoever has no right to it opens nothing
    Given the person has agreed to all that "real-name" asks for
    When the platform submits "real-name" with
      | legal-name | 王小明             |
      | id-number  | 110101199003074518 |
    Then it is admitted
    When an auditor looks at how what is held of the person is stored
    Then the answer says
      | parts   | 1 |
      | sealed  | 1 |
      | inClear | 0 |
    When an auditor opens "id-number" for "real-name"
    Then the answer says
      | code | platform/role-may-not |
    When the platform opens "id-number" for "real-name"
    Then the answer says
      | id-number | 110101199003074518 |

  @DM-SEC-04
  Scenario: What somebody else collected is protected like what the person gave
    When the platform submits "security" with
      | device-model | 示例手机 X1 |
    Then it is admitted
    Given the submission says
      | source       | indirect                                            |
      | party        | partner                                             |
      | attestations | written-requirement, subject-consent, subject-informed |
    When the platform submits "security" with
      | device-model | 示例手机 X2 |
    Then it is admitted
    When an auditor looks at how what is held of the person is stored
    Then the answer says
      | parts   | 2                |
      | sealed  | 2                |
      | inClear | 0                |
      | sources | indirect, person |
      | weaker  | -                |

  @DM-SEC-05
  Scenario: What travelled without encryption is not taken in
    When the platform submits "security" over plain HTTP
    Then the answer says
      | code | platform/https-needed |
    When the platform opens "equipment-id" for "security"
    Then it is refused with "not-collected"
    When the platform submits "security"
    Then it is admitted

  @DM-DEF-06
  Scenario Outline: Whoever says to be an affiliate shows the annual report that names it: <recipient>
    When the platform asks
      | kind      | recipient    |
      | recipient | <recipient>  |
      | purpose   | security     |
      | fields    | device-model |
      | evidence  | <evidence>   |
    Then the answer says
      | code   | <code>   |
      | clause | <clause> |

    Examples:
      | recipient     | evidence      | code                   | clause    |
      | affiliate     | -             | affiliate-unproven     | DM-DEF-06 |
      | affiliate     | letter        | affiliate-unproven     | DM-DEF-06 |
      | affiliate     | annual-report | -                      | …         |
      | alibaba-group | -             | -                      | …         |
      | foo-media     | annual-report | recipient-not-declared | …         |

  @DM-SHR-07
  Scenario Outline: An affiliate that wants another <what> asks the person again
    When the platform asks
      | kind      | recipient     |
      | recipient | alibaba-group |
      | purpose   | security      |
      | use       | security      |
      | fields    | device-model  |
    Then the answer is yes
    When the platform asks
      | kind      | recipient     |
      | recipient | alibaba-group |
      | purpose   | <purpose>     |
      | use       | <use>         |
      | fields    | device-model  |
    Then it is refused with "reconsent-required" under DM-SHR-07 at "<at>"
    Given the person has given explicit consent to "recipient.alibaba-group.<to>"
    When the platform asks
      | kind      | recipient     |
      | recipient | alibaba-group |
      | purpose   | <purpose>     |
      | use       | <use>         |
      | fields    | device-model  |
    Then the answer is yes

    Examples:
      | what    | purpose   | use       | at      | to        |
      | purpose | marketing | marketing | purpose | marketing |
      | manner  | security  | profiling | use     | profiling |

  @DM-SEC-05
  Scenario: What comes through the log is sealed on its way, judged by the same policy and answered there
    Given the person has agreed to all that "real-name" asks for
    And the platform submits through the log
    When the platform submits "real-name" with
      | legal-name | 王小明             |
      | id-number  | 110101199003074518 |
    Then it is admitted
    And nothing that travelled through the log can be read
    And what is kept is
      | legal-name | 王小明             |
      | id-number  | 110101199003074518 |
    When the platform sends the same again
    Then the answer says
      | outcome  | admitted |
      | replayed | yes      |
    When the platform submits "real-name" without "id-number"
    Then it is refused with "missing-field" at "fields.id-number"
