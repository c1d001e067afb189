// A button that puts a text into the clipboard.

const WORDS = 'copy as FlowDSL';

export default {
  render({ model, el }) {
    const button = document.createElement('button');
    button.className = 'jupyter-button widget-button flowdsl-copy';
    button.textContent = WORDS;
    button.style.margin = '2px';
    button.style.width = 'auto';
    button.title = 'copies the program as it is turned';
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(model.get('text'));
      button.textContent = 'copied';
      setTimeout(() => (button.textContent = WORDS), 1500);
    });
    el.append(button);
  }
};
