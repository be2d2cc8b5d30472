Feature: Where Damai's data lies

  @DM-TER-01
  Scenario Outline: What is collected on the mainland is stored there, and the place stands with it
    When the submission says
      | region | <region> |
    And the platform submits "display-and-logs"
    Then it is admitted
    And it lies in "<region>"

    Examples:
      | region |
      | CN     |
      | CN-ZJ  |

  @DM-TER-01
  Scenario Outline: The region is asked before writing, and nothing is written elsewhere
    When the submission says
      | region | <region> |
    And the platform submits "display-and-logs"
    Then it is refused with "territory-not-allowed" under DM-TER-01 at "region"
    And nothing is kept

    Examples:
      | region |
      | US     |
      | SG     |
      | CN-HK  |
      | CN-MO  |
      | CN-TW  |

  # Three exceptions. Of whoever makes a deal across the border only what the deal needs leaves. What may lie abroad is asked before it is
  # written: where this installation stores is another matter.
  @DM-TER-02
  Scenario Outline: <purpose> in London, for <ground> with <evidence>
    Given the person has agreed to all that "<purpose>" asks for
    When the platform asks
      | kind      | region     |
      | purpose   | <purpose>  |
      | region    | GB         |
      | exception | <ground>   |
      | evidence  | <evidence> |
    Then the answer says
      | code   | <answer> |
      | clause | <clause> |
      | field  | <at>     |

    Examples:
      | purpose           | ground            | evidence    | answer                     | clause    | at              |
      | order             | cross-border-deal | transaction | -                          | DM-TER-01 | -               |
      | payment           | cross-border-deal | transaction | -                          | DM-TER-01 | -               |
      | ticket-delivery   | cross-border-deal | transaction | -                          | DM-TER-01 | -               |
      | invoice           | cross-border-deal | transaction | -                          | DM-TER-01 | -               |
      | registration      | cross-border-deal | transaction | territory-not-allowed      | DM-TER-02 | abroad.ground   |
      | display-and-logs  | cross-border-deal | transaction | territory-not-allowed      | DM-TER-02 | abroad.ground   |
      | order             | cross-border-deal | citation    | exception-evidence-missing | DM-TER-02 | abroad.evidence |
      | order             | cross-border-deal | -           | exception-evidence-missing | DM-TER-02 | abroad.evidence |
      | registration      | law               | citation    | -                          | DM-TER-01 | -               |
      | registration      | law               | transaction | exception-evidence-missing | DM-TER-02 | abroad.evidence |
      | order             | convenience       | transaction | territory-not-allowed      | DM-TER-01 | abroad.ground   |

  @DM-TER-02
  Scenario Outline: <purpose> is written nowhere, for <ground> with <evidence>
    Given the person has agreed to all that "<purpose>" asks for
    When the submission says
      | region          | GB         |
      | abroad          | <ground>   |
      | abroad evidence | <evidence> |
    And the platform submits "<purpose>"
    Then it is refused with "<answer>" at "<at>"
    And nothing is kept

    Examples:
      | purpose          | ground            | evidence    | answer                     | at              |
      | display-and-logs | cross-border-deal | transaction | territory-not-allowed      | abroad.ground   |
      | order            | cross-border-deal | citation    | exception-evidence-missing | abroad.evidence |
      | order            | cross-border-deal | -           | exception-evidence-missing | abroad.evidence |
      | order            | convenience       | transaction | territory-not-allowed      | abroad.ground   |

  @DM-TER-02
  Scenario: What the person expressly lets go abroad
    Given the person has agreed to all that "display-and-logs" asks for
    When the person gives explicit consent to "abroad"
    Then it is refused with "separate-consent-required"
    When the person has given separate consent to "abroad"
    And the platform asks
      | kind    | region           |
      | purpose | display-and-logs |
      | region  | GB               |
    Then the answer is yes
    When the person withdraws "abroad"
    And the submission says
      | region | GB |
    And the platform submits "display-and-logs"
    Then it is refused with "territory-not-allowed" under DM-TER-01 at "region"
    And nothing is kept
