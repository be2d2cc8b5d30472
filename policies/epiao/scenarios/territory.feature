Feature: Where the data of E票电影 lies

  @EP-TER-05
  Scenario Outline: What no law and no act of the person lets go abroad waits for a consent of its own
    Given the person has given acceptance consent to "policy"
    When the platform asks
      | kind   | region   |
      | region | <region> |
    Then it is refused with "territory-not-allowed" under EP-TER-05 at "region"
    When the person gives explicit consent to "cross-border"
    Then it is refused with "separate-consent-required" under EP-TER-05 at "level"
    When the person gives separate consent to "cross-border" with
      | bundled | yes |
    Then it is refused with "separate-consent-required" under EP-TER-05 at "level"
    When the person has given separate consent to "cross-border"
    And the platform asks
      | kind   | region   |
      | region | <region> |
    Then the answer is yes

    Examples:
      | region |
      | SG     |
      | US     |
      | CN-HK  |

  @EP-TER-01
  Scenario Outline: Kept on the mainland
    Given the person has given acceptance consent to "policy"
    When the platform asks
      | kind   | region   |
      | region | <region> |
    Then the answer says
      | code | <answer> |

    Examples:
      | region | answer                |
      | CN     | -                     |
      | CN-BJ  | -                     |
      | CN-HK  | territory-not-allowed |
      | CN-MO  | territory-not-allowed |
      | CN-TW  | territory-not-allowed |
      | SG     | territory-not-allowed |

  @EP-TER-02 @EP-TER-03
  Scenario Outline: Elsewhere where a law is cited or the person's own act needs it
    Given the person has given acceptance consent to "policy"
    When the platform asks
      | kind      | region     |
      | region    | SG         |
      | exception | <ground>   |
      | evidence  | <evidence> |
    Then the answer says
      | code | <answer> |

    Examples:
      | ground      | evidence    | answer                     |
      | law         | citation    | -                          |
      | law         | transaction | exception-evidence-missing |
      | user-act    | transaction | -                          |
      | user-act    | citation    | exception-evidence-missing |
      | convenience | citation    | territory-not-allowed      |
