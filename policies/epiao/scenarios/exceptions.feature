Feature: Where E票电影 collects without consent

  @EP-CON-09
  Scenario Outline: National security or defense stands in for consent when it is shown
    Given the person has given acceptance consent to "policy"
    When the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "no-consent"
    When the submission says
      | exception | national-security |
      | evidence  | reference         |
    And the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is admitted
    When the submission says
      | exception | national-security |
      | evidence  | <evidence>        |
    And the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "exception-evidence-missing" under EP-CON-09 at "exception.evidence"
    When the platform asks
      | kind      | collect             |
      | purpose   | activity            |
      | fields    | activity-submission |
      | exception | national-security   |
      | evidence  | reference           |
    Then the answer is yes
    And the answer says
      | clause | EP-CON-09 |

    Examples:
      | evidence |
      | -        |

  @EP-CON-10
  Scenario Outline: Public security, health or a major public interest stands in for consent when it is shown
    Given the person has given acceptance consent to "policy"
    When the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "no-consent"
    When the submission says
      | exception | public-interest |
      | evidence  | reference       |
    And the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is admitted
    When the submission says
      | exception | public-interest |
      | evidence  | <evidence>      |
    And the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "exception-evidence-missing" under EP-CON-10 at "exception.evidence"
    When the platform asks
      | kind      | collect             |
      | purpose   | activity            |
      | fields    | activity-submission |
      | exception | public-interest     |
      | evidence  | reference           |
    Then the answer is yes
    And the answer says
      | clause | EP-CON-10 |

    Examples:
      | evidence |
      | -        |

  @EP-CON-11
  Scenario Outline: Justice and enforcement, in a named case stands in for consent when it is shown
    Given the person has given acceptance consent to "policy"
    When the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "no-consent"
    When the submission says
      | exception | judicial-and-law-enforcement |
      | evidence  | reference, case              |
    And the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is admitted
    When the submission says
      | exception | judicial-and-law-enforcement |
      | evidence  | <evidence>                   |
    And the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "exception-evidence-missing" under EP-CON-11 at "exception.evidence"
    When the platform asks
      | kind      | collect                      |
      | purpose   | activity                     |
      | fields    | activity-submission          |
      | exception | judicial-and-law-enforcement |
      | evidence  | reference, case              |
    Then the answer is yes
    And the answer says
      | clause | EP-CON-11 |

    Examples:
      | evidence  |
      | case      |
      | reference |

  @EP-CON-12
  Scenario Outline: A vital interest where asking is hardly possible stands in for consent when it is shown
    Given the person has given acceptance consent to "policy"
    When the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "no-consent"
    When the submission says
      | exception | vital-interest                |
      | evidence  | reason, consent-impracticable |
    And the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is admitted
    When the submission says
      | exception | vital-interest |
      | evidence  | <evidence>     |
    And the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "exception-evidence-missing" under EP-CON-12 at "exception.evidence"
    When the platform asks
      | kind      | collect                       |
      | purpose   | activity                      |
      | fields    | activity-submission           |
      | exception | vital-interest                |
      | evidence  | reason, consent-impracticable |
    Then the answer is yes
    And the answer says
      | clause | EP-CON-12 |

    Examples:
      | evidence              |
      | consent-impracticable |
      | reason                |

  @EP-CON-13
  Scenario Outline: What the person made public stands in for consent when it is shown
    Given the person has given acceptance consent to "policy"
    When the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "no-consent"
    When the submission says
      | exception | self-published   |
      | evidence  | source-reference |
    And the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is admitted
    When the submission says
      | exception | self-published |
      | evidence  | <evidence>     |
    And the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "exception-evidence-missing" under EP-CON-13 at "exception.evidence"
    When the platform asks
      | kind      | collect             |
      | purpose   | activity            |
      | fields    | activity-submission |
      | exception | self-published      |
      | evidence  | source-reference    |
    Then the answer is yes
    And the answer says
      | clause | EP-CON-13 |

    Examples:
      | evidence |
      | -        |

  @EP-CON-14
  Scenario Outline: Lawful public sources stands in for consent when it is shown
    Given the person has given acceptance consent to "policy"
    When the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "no-consent"
    When the submission says
      | exception | lawful-public-source |
      | evidence  | source-reference     |
    And the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is admitted
    When the submission says
      | exception | lawful-public-source |
      | evidence  | <evidence>           |
    And the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "exception-evidence-missing" under EP-CON-14 at "exception.evidence"
    When the platform asks
      | kind      | collect              |
      | purpose   | activity             |
      | fields    | activity-submission  |
      | exception | lawful-public-source |
      | evidence  | source-reference     |
    Then the answer is yes
    And the answer says
      | clause | EP-CON-14 |

    Examples:
      | evidence |
      | -        |

  @EP-CON-18
  Scenario Outline: Academic research whose results name nobody stands in for consent when it is shown
    Given the person has given acceptance consent to "policy"
    When the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "no-consent"
    When the submission says
      | exception | academic-research                                   |
      | evidence  | academic-body, public-interest, deidentified-output |
    And the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is admitted
    When the submission says
      | exception | academic-research |
      | evidence  | <evidence>        |
    And the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "exception-evidence-missing" under EP-CON-18 at "exception.evidence"
    When the platform asks
      | kind      | collect                                             |
      | purpose   | activity                                            |
      | fields    | activity-submission                                 |
      | exception | academic-research                                   |
      | evidence  | academic-body, public-interest, deidentified-output |
    Then the answer is yes
    And the answer says
      | clause | EP-CON-18 |

    Examples:
      | evidence                             |
      | public-interest, deidentified-output |
      | academic-body, deidentified-output   |
      | academic-body, public-interest       |

  @EP-CON-19
  Scenario Outline: Another law that is cited stands in for consent when it is shown
    Given the person has given acceptance consent to "policy"
    When the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "no-consent"
    When the submission says
      | exception | other-law |
      | evidence  | citation  |
    And the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is admitted
    When the submission says
      | exception | other-law  |
      | evidence  | <evidence> |
    And the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "exception-evidence-missing" under EP-CON-19 at "exception.evidence"
    When the platform asks
      | kind      | collect             |
      | purpose   | activity            |
      | fields    | activity-submission |
      | exception | other-law           |
      | evidence  | citation            |
    Then the answer is yes
    And the answer says
      | clause | EP-CON-19 |

    Examples:
      | evidence |
      | -        |

  @EP-CON-15
  Scenario Outline: A contract stands in for consent to what is basic, and to nothing else
    Given the person has given acceptance consent to "policy"
    And the submission says
      | exception | contract  |
      | evidence  | agreement |
    When the platform submits "membership" with
      | mobile-number | 13800138000   |
      | username      | 芳芳爱电影    |
      | password      | 口令摘要 7f3a |
    Then it is admitted
    When the submission says
      | exception | contract |
      | evidence  | -        |
    And the platform submits "membership" with
      | mobile-number | 13800138000   |
      | username      | 芳芳爱电影    |
      | password      | 口令摘要 7f3a |
    Then it is refused with "exception-evidence-missing" under EP-CON-15 at "exception.evidence"
    When the submission says
      | exception | contract  |
      | evidence  | agreement |
    And the platform submits "<purpose>" with
      | <field> | <value> |
    Then it is refused with "exception-not-applicable" under EP-CON-15 at "exception.ground"

    Examples:
      | purpose  | field               | value       |
      | activity | activity-submission | 刮奖码 8812 |
      | page-fit | browse-record       | 影片详情页  |

  @EP-CON-16
  Scenario: Keeping the service running reaches logs and the safety of accounts
    Given the person has given acceptance consent to "policy"
    And the submission says
      | exception | service-stability |
      | evidence  | fault             |
    When the platform submits "account-safety" with
      | browse-record | 影片详情页 |
    Then it is admitted
    When the submission says
      | exception | service-stability |
      | evidence  | fault             |
    And the platform submits "service-log" with
      | access-time | 2021-11-10T09:30:00+08:00 |
    Then it is admitted
    When the submission says
      | exception | service-stability |
      | evidence  | -                 |
    And the platform submits "account-safety" with
      | browse-record | 影片详情页 |
    Then it is refused with "exception-evidence-missing" under EP-CON-16 at "exception.evidence"
    When the submission says
      | exception | service-stability |
      | evidence  | fault             |
    And the platform submits "analytics" with
      | imei | 860000000000001 |
    Then it is refused with "exception-not-applicable" under EP-CON-16 at "exception.ground"

  @EP-CON-17
  Scenario: News reporting is switched off
    Given the person has given acceptance consent to "policy"
    And the submission says
      | exception | news-reporting |
      | evidence  | reference      |
    When the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "exception-not-listed" under EP-CON-17 at "exception.ground"
    When the submission says
      | exception | legitimate-interest |
      | evidence  | reference           |
    And the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "exception-not-listed" under EP-CON-19 at "exception.ground"

  @EP-CON-11
  Scenario: The wording for handing on does not serve for collecting
    Given the person has given acceptance consent to "policy"
    And the submission says
      | exception | criminal-justice |
      | evidence  | reference, case  |
    When the platform submits "activity" with
      | activity-submission | 刮奖码 8812 |
    Then it is refused with "exception-not-listed" under EP-CON-19 at "exception.ground"
