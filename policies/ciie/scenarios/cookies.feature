Feature: Cookies, beacons and pixels

  Background:
    Given the person has given acceptance consent to "policy"

  @CI-COK-01
  Scenario Outline: A declared cookie for a declared purpose
    When the platform asks
      | kind    | tracker   |
      | tracker | <tracker> |
      | purpose | <purpose> |
    Then the answer is yes
    And the answer says
      | clause | CI-COK-01 |

    Examples:
      | tracker       | purpose          |
      | cookie        | sign-in          |
      | flash-cookie  | sign-in          |
      | local-storage | sign-in          |
      | cookie        | account-security |
      | flash-cookie  | account-security |
      | local-storage | account-security |
      | cookie        | recognition      |
      | flash-cookie  | recognition      |
      | local-storage | recognition      |
      | cookie        | habits           |
      | flash-cookie  | habits           |
      | local-storage | habits           |

  @CI-COK-01
  Scenario: A cookie without a declared purpose, or a kind that is not declared
    When the platform asks
      | kind    | tracker |
      | tracker | cookie  |
      | purpose | resale  |
    Then it is refused with "tracker-not-declared" under CI-COK-01 at "purpose"
    When the platform asks
      | kind    | tracker     |
      | tracker | supercookie |
      | purpose | habits      |
    Then it is refused with "tracker-not-declared" under CI-COK-01 at "tracker"
    When the platform asks
      | kind    | tracker    |
      | tracker | web-beacon |
      | purpose | habits     |
    Then it is refused with "tracker-not-declared" under CI-COK-01 at "tracker"

  @CI-COK-03
  Scenario Outline: A beacon tells five things
    When the platform asks
      | kind    | tracker       |
      | tracker | web-beacon    |
      | purpose | visitor-count |
      | fields  | <field>       |
    Then the answer is yes
    And the answer says
      | clause | CI-COK-03 |

    Examples:
      | field               |
      | page-url            |
      | referrer            |
      | dwell-time          |
      | browser-environment |
      | display-settings    |

  @CI-COK-03
  Scenario: A beacon tells nothing else
    When the platform asks
      | kind    | tracker       |
      | tracker | web-beacon    |
      | purpose | visitor-count |
      | fields  | mobile-number |
    Then it is refused with "undeclared-field" under CI-COK-03 at "fields.mobile-number"
    When the submission says
      | tracker | web-beacon |
    And the platform submits "site-statistics" with
      | page-url      | /news/12    |
      | mobile-number | 13816550021 |
    Then it is refused with "undeclared-field" under CI-COK-03
    When the submission says
      | tracker | web-beacon |
    And the platform submits "site-statistics" with
      | page-url | /news/12 |
    Then it is admitted
    When the platform asks
      | kind    | tracker       |
      | tracker | cookie        |
      | purpose | visitor-count |
    Then the answer is yes
    And the answer says
      | clause | CI-COK-03 |

  @CI-COK-02
  Scenario Outline: Levels of cookies
    When the platform asks
      | kind    | tracker   |
      | tracker | cookie    |
      | purpose | <purpose> |
      | level   | <level>   |
    Then the answer is yes

    Examples:
      | level   | purpose          |
      | all     | recognition      |
      | all     | habits           |
      | all     | visitor-count    |
      | reduced | recognition      |
      | reduced | visitor-count    |
      | none    | sign-in          |
      | none    | account-security |

  @CI-COK-02
  Scenario Outline: What a lower level turns off
    When the platform asks
      | kind    | tracker   |
      | tracker | cookie    |
      | purpose | <purpose> |
      | level   | <level>   |
    Then it is refused with "tracker-refused" under CI-COK-02 at "tracker"

    Examples:
      | level   | purpose       |
      | reduced | habits        |
      | none    | recognition   |
      | none    | habits        |
      | none    | visitor-count |

  @CI-COK-02 @CI-CON-03
  Scenario: A choice that the person has made counts, and the pages that inform stay open
    When the person gives acceptance consent to "trackers" with
      | choice | reduced |
    And the platform asks
      | kind    | tracker |
      | tracker | cookie  |
      | purpose | habits  |
    Then it is refused with "tracker-refused" under CI-COK-02 at "tracker"
    When the platform asks
      | kind    | tracker     |
      | tracker | cookie      |
      | purpose | recognition |
    Then the answer is yes
    When the platform asks
      | kind    | page       |
      | purpose | news-pages |
    Then the answer is yes
    And the answer says
      | clause | CI-CON-03 |

  @CI-COK-02
  Scenario Outline: Cookies refused one by one
    When the person refuses "tracker.<purpose>"
    And the platform asks
      | kind    | tracker   |
      | tracker | cookie    |
      | purpose | <purpose> |
    Then it is refused with "tracker-refused" under CI-COK-02 at "tracker"

    Examples:
      | purpose       |
      | recognition   |
      | habits        |
      | visitor-count |

  @CI-COK-04
  Scenario: Leaving the mailing list ends the pixel
    When the platform asks
      | kind    | tracker       |
      | tracker | email-pixel   |
      | purpose | email-opening |
      | fields  | email-opened  |
    Then the answer is yes
    And the answer says
      | clause | CI-COK-04 |
    When the platform asks
      | kind    | tracker       |
      | tracker | email-pixel   |
      | purpose | email-opening |
      | fields  | email         |
    Then it is refused with "undeclared-field" under CI-COK-04 at "fields.email"
    When the person withdraws "tracker.email-opening"
    And the platform asks
      | kind    | tracker       |
      | tracker | email-pixel   |
      | purpose | email-opening |
    Then it is refused with "tracker-refused" under CI-COK-04 at "tracker"

  @CI-COK-05
  Scenario Outline: A browser that asks not to be tracked
    When the person gives acceptance consent to "trackers" with
      | choice | all |
    And the platform asks
      | kind       | tracker   |
      | tracker    | <tracker> |
      | purpose    | <purpose> |
      | doNotTrack | yes       |
    Then it is refused with "tracker-refused" under CI-COK-05 at "tracker"
    When the platform asks
      | kind       | tracker   |
      | tracker    | <tracker> |
      | purpose    | <purpose> |
      | doNotTrack | no        |
    Then the answer is yes

    Examples:
      | tracker     | purpose       |
      | cookie      | recognition   |
      | cookie      | habits        |
      | web-beacon  | visitor-count |
      | email-pixel | email-opening |

  @CI-COK-05
  Scenario Outline: What a tracker took from such a browser all the same is refused
    Given the person has agreed to all that "personalization" asks for
    And the submission says
      | tracker    | cookie  |
      | doNotTrack | <asked> |
    When the platform submits "personalization"
    Then the answer says
      | code   | <answer> |
      | clause | <clause> |

    Examples:
      | asked | answer          | clause    |
      | yes   | tracker-refused | CI-COK-05 |
      | no    | -               | -         |

  @CI-COK-05
  Scenario Outline: Log-in and security stay for it
    When the platform asks
      | kind       | tracker   |
      | tracker    | cookie    |
      | purpose    | <purpose> |
      | doNotTrack | yes       |
    Then the answer is yes

    Examples:
      | purpose          |
      | sign-in          |
      | account-security |
