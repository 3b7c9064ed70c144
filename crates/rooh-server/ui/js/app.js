// Starts the page: signs in, loads what there is, and shows the view that the address names.

import { AgentList, summary } from './agents.js';
import { api } from './api.js';
import { byId, fill, h } from './dom.js';
import { Talk } from './talk.js';
import { Wizard } from './wizard.js';
import { TROUBLE } from './words.js';

/** Where the page remembers which agent was chosen. */
const CHOSEN = 'rooh.agent';

class App {
  constructor() {
    this.agents = [];
    this.talk = new Talk({
      onSignedOut: () => this.askToken(TROUBLE.signedOut),
      onGone: (name) => {
        this.tell(`There is no agent “${name}” any more.`);
        this.reload();
      },
    });
    this.list = new AgentList(byId('agents'), {
      onChoose: (name) => {
        this.choose(name);
        location.hash = '#/';
        this.closeDrawer();
      },
      onEdit: (name) => {
        location.hash = `#/edit/${encodeURIComponent(name)}`;
      },
      onChanged: () => this.reload(),
      onTrouble: (message) => this.tell(message),
    });
    this.wizard = new Wizard(byId('wizard'), {
      onDone: async (name) => {
        await this.reload();
        this.choose(name);
        location.hash = '#/';
        this.tell(`Agent “${name}” is ready.`, 'good');
      },
      onLeave: () => {
        location.hash = '#/';
      },
      onSignedOut: () => this.askToken(TROUBLE.signedOut),
    });
    addEventListener('hashchange', () => this.route());
    for (const id of ['create', 'create-empty']) {
      byId(id).addEventListener('click', () => {
        location.hash = '#/new';
      });
    }
    byId('open-drawer').addEventListener('click', () => this.openDrawer());
    byId('close-drawer').addEventListener('click', () => this.closeDrawer());
    byId('veil').addEventListener('click', () => this.closeDrawer());
    byId('edit').addEventListener('click', () => {
      if (this.talk.agent) location.hash = `#/edit/${encodeURIComponent(this.talk.agent.name)}`;
    });
    byId('sign-in-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.signIn(byId('token').value.trim());
    });
    addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && document.body.classList.contains('drawer-open')) this.closeDrawer();
    });
  }

  async start() {
    const token = /^#token=(.+)$/.exec(location.hash)?.[1];
    if (token) {
      // Neither the history nor a bookmark shall keep the token.
      history.replaceState(null, '', `${location.pathname}${location.search}`);
      if (!(await this.signIn(decodeURIComponent(token)))) return;
    } else {
      await this.load();
    }
    this.route();
  }

  async signIn(token) {
    try {
      await api.login(token);
    } catch (error) {
      this.askToken(error.status === 401 ? TROUBLE.badToken : error.message);
      return false;
    }
    byId('sign-in').hidden = true;
    byId('token').value = '';
    await this.load();
    return true;
  }

  askToken(message) {
    byId('sign-in-why').textContent = message;
    byId('sign-in').hidden = false;
    byId('token').focus();
  }

  async load() {
    try {
      const version = await api.version();
      byId('version').textContent = `Rooh ${version.version ?? ''}`;
    } catch {
      // Only a line at the foot of the list.
    }
    await this.reload();
  }

  async reload() {
    try {
      ({ agents: this.agents } = await api.agents());
    } catch (error) {
      if (error.status === 401) this.askToken(TROUBLE.signedOut);
      else this.tell(error.message);
      return;
    }
    const chosen = this.talk.agent?.name ?? localStorage.getItem(CHOSEN);
    const still = this.agents.find(({ name }) => name === chosen);
    const active = this.agents.find((agent) => agent.status === 'active' && !agent.error);
    this.choose((still ?? active ?? this.agents[0])?.name);
  }

  choose(name) {
    const agent = this.agents.find((each) => each.name === name) ?? null;
    if (agent) localStorage.setItem(CHOSEN, agent.name);
    this.list.show(this.agents, agent?.name);
    this.talk.choose(agent);
    byId('agent-name').textContent = agent?.name ?? 'No agent yet';
    byId('agent-summary').textContent = agent ? summary(agent) : 'Create one to talk to.';
    byId('edit').hidden = !agent;
    byId('create-empty').hidden = Boolean(agent);
    fill(byId('empty-text'), emptyText(agent));
    document.title = agent ? `${agent.name} · Rooh` : 'Rooh';
  }

  route() {
    const [, view, name] = /^#\/(new|edit)?\/?(.*)$/.exec(location.hash) ?? [];
    const isWizard = view === 'new' || view === 'edit';
    byId('wizard').hidden = !isWizard;
    byId('talk').hidden = isWizard;
    this.closeDrawer();
    if (isWizard) {
      // One does not talk and fill in forms at the same time.
      this.talk.stop();
      this.wizard.open(view === 'edit' ? decodeURIComponent(name) : null);
    } else {
      this.wizard.close();
    }
  }

  tell(message, kind = 'trouble') {
    const note = h('p', { class: `toast ${kind}` }, message);
    byId('toasts').append(note);
    setTimeout(() => note.remove(), kind === 'good' ? 4000 : 9000);
  }

  openDrawer() {
    document.body.classList.add('drawer-open');
    byId('close-drawer').focus();
  }

  closeDrawer() {
    if (!document.body.classList.contains('drawer-open')) return;
    document.body.classList.remove('drawer-open');
    byId('open-drawer').focus();
  }
}

function emptyText(agent) {
  if (!agent) return ['There is no agent yet.'];
  if (agent.error) return [h('strong', {}, 'This agent cannot talk yet.'), ' ', agent.error.message];
  return ['Start, and say hello. What is said on both sides appears here.'];
}

new App().start();
