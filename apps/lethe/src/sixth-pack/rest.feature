Feature: What the guide leaves to its reader

  @LM-COL-03
  Scenario Outline: A friend is named as <declared>: <answer>
    Given another person is also named, as "<declared>", with
      | visitor-name | 李雷 |
    When the platform submits "visit"
    Then the answer says
      | code | <answer> |

    Examples:
      | declared         | answer               |
      | friend-agreed    | -                    |
      | audio-guide-open | declaration-required |

  @LM-COL-04
  Scenario: The position is read while the audio guide is open, and not before
    Given the person has agreed to all that "audio-guide" asks for
    And the submission says
      | channel      | app                                    |
      | declarations | audio-guide-open, permission.location |
    When the platform submits "audio-guide"
    Then it is admitted
    Given the submission says
      | channel      | app                 |
      | declarations | permission.location |
    When the platform submits "audio-guide"
    Then it is refused with "moment-not-declared" under LM-COL-04

  @LM-COL-05
  Scenario: Logs are not joined with who somebody is
    When the platform asks
      | kind      | join                    |
      | purpose   | logs                    |
      | fields    | page-viewed, visitor-name |
    Then the answer says
      | classified | personal |
    When the platform asks
      | kind      | join                      |
      | purpose   | logs                      |
      | fields    | page-viewed, visitor-name |
      | exception | news                      |
      | evidence  | report                    |
    Then it is refused with "joined-data" under LM-COL-05

  @LM-COL-06
  Scenario Outline: Of "<text>" this is kept: <kept>
    When the platform submits "visit" and also
      | voucher | <text> |
    Then it is admitted
    When the platform opens "voucher" for "visit"
    Then the answer says
      | voucher | <kept> |

    Examples:
      | text                       | kept        |
      | LM-123456                  | LM-123456   |
      | 您的优惠码 LM-12345678 请查收 | LM-12345678 |

  @LM-COL-06
  Scenario: What holds no voucher is not taken
    When the platform submits "visit" and also
      | voucher | LM-12345 |
    Then it is refused with "shape-not-accepted" under LM-COL-06 at "fields.voucher"

  @LM-COL-07
  Scenario Outline: <party> books, and attests <attested>: <answer>
    Given the submission says
      | source       | indirect   |
      | party        | <party>    |
      | attestations | <attested> |
      | covers       | share      |
    When the platform submits "visit"
    Then the answer says
      | code | <answer> |

    Examples:
      | party         | attested                              | answer              |
      | travel-agency | agreed-by-the-visitor, lawful-source | -                   |
      | travel-agency | agreed-by-the-visitor                | attestation-required |
      | travel-agency | lawful-source                        | attestation-required |
      | scalper       | agreed-by-the-visitor, lawful-source | source-not-declared |

  @LM-CON-01
  Scenario: Who says no to the newsletter books a visit all the same
    When the person refuses "newsletter"
    Then it is recorded
    When the platform submits "newsletter"
    Then it is refused with "consent-refused"
    When the platform submits "visit"
    Then it is admitted

  @LM-COL-02
  Scenario: Who has asked for the newsletter gets it, and no advertisement
    Given a person who has given opt-in consent to "newsletter"
    When the platform submits "newsletter"
    Then it is admitted
    When the platform opens "email" for "newsletter", as "advertising"
    Then it is refused with "use-forbidden" under LM-COL-02

  @LM-COK-01
  Scenario Outline: The cookie of <purpose>, unasked: <answer>
    When the platform asks
      | kind    | tracker   |
      | tracker | cookie    |
      | purpose | <purpose> |
    Then the answer says
      | code | <answer> |

    Examples:
      | purpose    | answer          |
      | basket     | -               |
      | statistics | tracker-refused |

  @LM-COR-01
  Scenario: A booking that has been made is not changed
    When the platform submits "visit" with
      | visitor-name  | 王小明      |
      | mobile-number | 13800000000 |
      | visit-day     | 2026-03-09  |
    Then it is admitted
    When the platform submits "visit" with
      | visitor-name  | 王小明      |
      | mobile-number | 13800000000 |
      | visit-day     | 2026-03-10  |
    Then it is refused with "immutable" under LM-COR-01

  @LM-EXC-01
  Scenario Outline: Without consent by <ground>, shown by <evidence>: <answer>
    Given the submission says
      | exception | <ground>   |
      | evidence  | <evidence> |
    When the platform submits "logs"
    Then the answer says
      | code | <answer> |

    Examples:
      | ground          | evidence        | answer                     |
      | law-enforcement | written-request | -                          |
      | law-enforcement | -               | exception-evidence-missing |
      | news            | written-request | exception-not-listed       |

  @LM-MIN-01
  Scenario Outline: Born on <born>, without a guardian: <answer>
    Given the person is born on <born>
    When the platform submits "visit"
    Then the answer says
      | code | <answer> |

    Examples:
      | born       | answer                    |
      | 2012-03-03 | guardian-consent-required |
      | 2012-03-02 | -                         |

  @LM-MIN-02
  Scenario: Of a child the staff see what an officer lets them see, and copy nothing
    Given the person is born on 2015-05-05 and has a verified guardian
    And the platform submits "visit"
    When a member of the staff opens "visitor-name" for "visit"
    Then it is refused with "staff-approval-required" under LM-MIN-02
    When an officer lets "staff-1" see "visitor-name" for "visit" until 2026-03-09
    And the platform opens "visitor-name" for "visit" with
      | staff | staff-1 |
    Then the answer is yes
    When the platform opens "visitor-name" for "visit" with
      | staff | staff-1 |
      | copy  | yes     |
    Then it is refused with "copying-forbidden" under LM-MIN-02

  @LM-SEC-01
  Scenario Outline: A pass code comes as <what>: <answer>
    When the platform submits "visit" and also
      | pass-code | <code> |
    Then the answer says
      | code | <answer> |

    Examples:
      | what     | code                                                                    | answer          |
      | a digest | sha256:cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd | -               |
      | itself   | 4711                                                                    | secret-in-clear |

  @LM-TER-01
  Scenario Outline: Kept in <region>: <answer>
    Given the submission says
      | region | <region> |
    When the platform submits "visit"
    Then the answer says
      | code | <answer> |

    Examples:
      | region | answer                |
      | CN     | -                     |
      | CN-MO  | territory-not-allowed |
      | FR     | territory-not-allowed |

  @LM-RET-01
  Scenario: A booking goes a year after it was made, and no sooner
    When the platform submits "visit"
    Then it is kept until 2027-03-03
    When the clock reaches 2027-03-02 12:00
    And everything due goes
    And the platform opens "visit-day" for "visit"
    Then the answer is yes
    When the clock reaches 2027-03-03 12:00
    And everything due goes
    Then nothing of it is left

  @LM-REQ-01
  Scenario: What is received on 2 March is answered by the end of 17 March
    When the person asks for the erasure of everything
    Then the answer says
      | deadline | 2026-03-17 |
