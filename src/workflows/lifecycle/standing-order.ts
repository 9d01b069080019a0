/**
 * The order that a workflow has accepted and not begun to carry out. There is one at a time; a later one replaces it.
 * Handlers place orders, phases take them.
 */
export class StandingOrder<Order> {
  private order: Order | null = null;

  /** Whether there is an order that no phase has taken. */
  get isPlaced(): boolean {
    return this.order !== null;
  }

  place(order: Order): void {
    this.order = order;
  }

  /** Hands the order to the phase that carries it out. */
  take(): Order | null {
    const { order } = this;
    this.order = null;
    return order;
  }
}
