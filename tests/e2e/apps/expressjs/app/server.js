// Signal flags: a page from a template, a static file, a request log on standard output.
const path = require('path');
const express = require('express');
const morgan = require('morgan');

const flags = { A: 'diver below', B: 'dangerous cargo', Q: 'healthy vessel' };
const app = express();
app.set('view engine', 'ejs');
app.set('views', path.join(__dirname, 'views'));
app.use(morgan('tiny'));
app.use('/static', express.static(path.join(__dirname, 'public')));
app.get('/', (request, response) => response.render('flags', { flags }));
app.get('/flag/:letter', (request, response) => {
  const meaning = flags[request.params.letter];
  response.status(meaning ? 200 : 404).type('text').send(`${meaning || 'no such flag'}\n`);
});

const server = app.listen(process.env.PORT || 8080);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
