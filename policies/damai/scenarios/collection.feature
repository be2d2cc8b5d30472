Feature: What Damai collects

  @DM-COL-04
  Scenario: Registration takes a mobile number
    When the platform submits "registration" with
      | account-name  | 小明        |
      | nickname      | 明明        |
      | password      | 密文        |
      | mobile-number | 13800000000 |
    Then it is admitted
    And what is kept is
      | account-name  | 小明        |
      | nickname      | 明明        |
      | password      | 密文        |
      | mobile-number | 13800000000 |

  @DM-COL-01 @DM-COL-04
  Scenario Outline: Without <field> there is no account
    When the platform submits "registration" without "<field>"
    Then it is refused with "missing-field" under DM-COL-01 at "fields.<field>"
    And nothing is kept

    Examples:
      | field         |
      | account-name  |
      | nickname      |
      | password      |
      | mobile-number |

  @DM-COL-03
  Scenario: What no purpose names is not collected
    When the platform submits "astrology" with
      | nickname | 明明 |
    Then it is refused with "undeclared-purpose" under DM-COL-03 at "purpose"

  @DM-COL-04
  Scenario: An account is opened under a notice that was shown
    Given the submission says
      | notice | - |
    When the platform submits "registration"
    Then it is refused with "notice-not-current" at "notice"
    And nothing is kept

  @DM-COL-04
  Scenario Outline: The mobile number of an account also serves <purpose>
    Given the platform submits "registration"
    When the platform asks whether "mobile-number" may be used for "<purpose>"
    Then the answer is yes

    Examples:
      | purpose          |
      | order            |
      | ticket-delivery  |
      | customer-service |
      | security         |

  @DM-COL-09
  Scenario Outline: <document> is sensitive, the name beside it is not
    Given a person who has given explicit consent to "real-name"
    When the platform submits "real-name" with
      | legal-name | 小明 |
      | <document> | …    |
    Then it is admitted
    And its parts are
      | class    | sensitive  |
      | identity | <document> |

    Examples:
      | document               |
      | id-number              |
      | passport-number        |
      | hk-macao-permit-number |
      | taiwan-permit-number   |

  @DM-COL-08
  Scenario Outline: A real name is taken for <occasion>
    Given a person who has given explicit consent to "real-name"
    And the submission says
      | declarations | <occasion> |
    When the platform submits "real-name"
    Then it is admitted

    Examples:
      | occasion              |
      | frequent-purchaser    |
      | comment-real-name     |
      | large-event-real-name |

  @DM-COL-08
  Scenario: A real name is taken for nothing else
    Given a person who has given explicit consent to "real-name"
    And the submission says
      | declarations | invoice-requested |
    When the platform submits "real-name"
    Then it is refused with "declaration-required" under DM-COL-08 at "declarations"
    And nothing is kept

  @DM-COL-09
  Scenario: A document without the name it stands for is not taken
    Given a person who has given explicit consent to "real-name"
    When the platform submits "real-name" without "legal-name"
    Then it is refused with "missing-field" at "fields.legal-name"

  @DM-COL-09
  Scenario: The real name also serves the order
    Given a person who has given explicit consent to "real-name"
    And the platform submits "real-name"
    When the platform asks whether "legal-name" may be used for "order"
    Then the answer is yes

  @DM-COL-10
  Scenario: A face is sensitive, and nothing else is taken for it
    Given a person who has given separate consent to "face-verification"
    When the platform submits "face-verification"
    Then it is admitted
    And its parts are
      | class | sensitive  |
      | face  | face-image |

  @DM-COL-10
  Scenario: Without a face there is nothing to check
    Given a person who has given separate consent to "face-verification"
    When the platform submits "face-verification" without "face-image"
    Then it is refused with "missing-field" at "fields.face-image"
