import { type Html, html } from '../http/html';

/** One way to connect a computer to a file server. */
export interface Way {
  readonly title: string;
  readonly content: Html;
  /** Whether it needs the whole width of the page. */
  readonly isWide?: boolean;
}

interface Destination {
  readonly url: string;
  readonly username: string;
}

const commands = (...lines: readonly string[]): Html =>
  html`<pre tabindex="0"><code>${lines.join('\n')}</code></pre>\n`;

/** The URL with the scheme of a program of its own, such as `davs` for `dav`. */
function withScheme(url: string, scheme: string): string {
  return url.replace(/^http(s?):/, (_all, secure: string) => `${scheme}${secure}:`);
}

/** What a user does on each system; all of it asks for user name and password. */
export function waysToConnect({ url, username }: Destination): readonly Way[] {
  return [
    {
      title: 'macOS',
      content: html`<ol>
<li>In Finder, choose <b>Go › Connect to Server</b> (⌘K).</li>
<li>Enter <code>${url}</code> and press <b>Connect</b>.</li>
<li>Connect as a registered user, with the user name and the password above.</li>
</ol>
`,
    },
    {
      title: 'Windows',
      content: html`<ol>
<li>In File Explorer, right-click <b>This PC</b> and choose <b>Map network drive</b>.</li>
<li>As folder, enter <code>${url}</code>, and tick <b>Connect using different credentials</b>.</li>
</ol>
<p class="quiet">Windows refuses files over 50 MB unless <code>FileSizeLimitInBytes</code> of its WebClient service is raised. rclone does not.</p>
`,
    },
    {
      title: 'Linux: GNOME and KDE',
      content: html`<ol>
<li>In Files of GNOME, open <b>Network</b> (<b>Other Locations</b>) and connect to <code>${withScheme(url, 'dav')}</code>.</li>
<li>In Dolphin of KDE, enter <code>${withScheme(url, 'webdav')}</code> as location.</li>
</ol>
<p class="quiet"><a href="https://help.gnome.org/users/gnome-help/stable/nautilus-connect.html">Help of GNOME</a></p>
`,
    },
    {
      title: 'Linux: a mounted folder, by davfs2',
      content: html`${commands(
        'sudo mkdir -p /mnt/files',
        'sudo mount -t davfs -o uid=$(id -u),gid=$(id -g) \\',
        `  ${url} /mnt/files`,
      )}<p class="quiet"><a href="https://manpages.debian.org/mount.davfs">Manual of davfs2</a></p>
`,
    },
    {
      title: 'Every system: copying and mounting by rclone',
      isWide: true,
      content: html`<p>The first command waits for the token: paste it and press Enter. It is in no file of the shell that way.</p>
${commands(
  'rclone config create --no-obscure files webdav \\',
  `  url=${url} \\`,
  `  vendor=owncloud user=${username} pass="$(rclone obscure -)"`,
  'rclone copy --progress files:results ./results',
  'rclone mount --vfs-cache-mode writes files: ./files',
)}<p class="quiet"><a href="https://rclone.org/webdav/">Documentation of rclone</a></p>
`,
    },
  ];
}
