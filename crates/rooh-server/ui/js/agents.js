// The list of agents: choose, activate, edit, delete.

import { api } from './api.js';
import { confirmed, fill, h, icon, iconButton } from './dom.js';

/** What an agent is made of, in one line. */
export function summary({ pipeline = {} }) {
  return [pipeline.stt, pipeline.llm, pipeline.tts].filter(Boolean).join(' → ');
}

/** The sidebar's list. */
export class AgentList {
  /**
   * @param {HTMLElement} list
   * @param {{onChoose, onEdit, onChanged, onTrouble}} listener
   */
  constructor(list, listener) {
    this.list = list;
    this.listener = listener;
  }

  /** Shows these agents; the one with the name `chosen` is marked. */
  show(agents, chosen) {
    fill(this.list, agents.map((agent) => this.row(agent, agent.name === chosen)));
  }

  row(agent, isChosen) {
    const { name, status, error } = agent;
    const isActive = status === 'active';
    return h(
      'li',
      { class: `agent-row ${isChosen ? 'chosen' : ''} ${error ? 'broken' : ''}`, 'data-agent': name },
      h(
        'button',
        {
          type: 'button',
          class: 'agent-choose',
          'aria-current': isChosen ? 'true' : undefined,
          on: { click: () => this.listener.onChoose(name) },
        },
        h('span', { class: `dot ${error ? 'bad' : isActive ? 'good' : ''}`, 'aria-hidden': 'true' }),
        h('span', { class: 'agent-name' }, name),
        h('span', { class: 'agent-status' }, isActive ? h('b', {}, 'active ') : null, error ? 'needs a change' : summary(agent)),
      ),
      h(
        'span',
        { class: 'agent-actions' },
        isActive ? null : iconButton('activate', `Activate ${name}`, () => this.activate(name)),
        iconButton('edit', `Edit ${name}`, () => this.listener.onEdit(name)),
        iconButton('trash', `Delete ${name}`, () => this.remove(name)),
      ),
      error ? h('p', { class: 'agent-error' }, icon('warning'), error.message) : null,
    );
  }

  async activate(name) {
    await this.attempt(() => api.activateAgent(name));
  }

  async remove(name) {
    const isSure = await confirmed({
      title: `Delete “${name}”?`,
      text: 'Its file and its keys are removed. This cannot be undone.',
      action: 'Delete',
    });
    if (isSure) await this.attempt(() => api.deleteAgent(name));
  }

  async attempt(action) {
    try {
      await action();
    } catch (error) {
      this.listener.onTrouble(error.message);
    }
    this.listener.onChanged();
  }
}
