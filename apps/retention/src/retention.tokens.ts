/** What the module hands its doors: the `ServiceContext` of this service. */
export const CONTEXT = Symbol('retention context');
