// A picture that the user can move and zoom: by dragging, with Ctrl and the mouse wheel, or with the buttons or keys.

const STEP = 1.25;
const MOST = 8;

function button(words, title, action) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = words;
  made.title = title;
  made.setAttribute('aria-label', title);
  made.className = 'flowdsl-zoom-button';
  made.addEventListener('click', action);
  return made;
}

export default {
  render({ model, el }) {
    const frame = document.createElement('div');
    frame.className = 'flowdsl-zoom';
    frame.tabIndex = 0;
    const bar = document.createElement('div');
    bar.className = 'flowdsl-zoom-bar';
    const view = document.createElement('div');
    view.className = 'flowdsl-zoom-view';
    view.innerHTML = model.get('svg'); // SVG from FlowDSL, in which all text is escaped
    const picture = view.querySelector('svg');
    const [, , width, height] = picture.getAttribute('viewBox').split(' ').map(Number);
    let scale = 1;
    let left = 0;
    let top = 0;

    const show = () => {
      picture.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
      frame.dataset.scale = scale.toFixed(3);
    };

    /** Zooms by a factor around a point of the view, by default its centre. */
    const zoom = (factor, x = view.clientWidth / 2, y = view.clientHeight / 2) => {
      const next = Math.min(Math.max(scale * factor, least() / 2), MOST);
      left = x - ((x - left) * next) / scale;
      top = y - ((y - top) * next) / scale;
      scale = next;
      show();
    };

    const least = () => Math.min(view.clientWidth / width, view.clientHeight / height);

    const fit = () => {
      scale = Math.min(least(), 1);
      left = (view.clientWidth - width * scale) / 2;
      top = Math.max((view.clientHeight - height * scale) / 2, 0);
      show();
    };

    const full = () => (document.fullscreenElement ? document.exitFullscreen() : frame.requestFullscreen());

    picture.removeAttribute('style');
    picture.style.transformOrigin = '0 0';
    bar.append(
      button('−', 'zoom out (-)', () => zoom(1 / STEP)),
      button('+', 'zoom in (+)', () => zoom(STEP)),
      button('fit', 'fit (0)', fit),
      button('full screen', 'full screen (f)', full)
    );
    frame.append(bar, view);
    el.append(frame);

    view.addEventListener(
      'wheel',
      event => {
        if (!event.ctrlKey && !event.metaKey) return; // the page itself is scrolled
        event.preventDefault();
        const box = view.getBoundingClientRect();
        zoom(event.deltaY < 0 ? STEP : 1 / STEP, event.clientX - box.left, event.clientY - box.top);
      },
      { passive: false }
    );
    view.addEventListener('pointerdown', event => {
      view.setPointerCapture(event.pointerId);
      view.classList.add('is-moved');
    });
    view.addEventListener('pointermove', event => {
      if (!view.hasPointerCapture(event.pointerId)) return;
      left += event.movementX;
      top += event.movementY;
      show();
    });
    view.addEventListener('pointerup', () => view.classList.remove('is-moved'));
    const keys = {
      '+': () => zoom(STEP),
      '=': () => zoom(STEP),
      '-': () => zoom(1 / STEP),
      0: fit,
      f: full,
      ArrowLeft: () => ((left += 40), show()),
      ArrowRight: () => ((left -= 40), show()),
      ArrowUp: () => ((top += 40), show()),
      ArrowDown: () => ((top -= 40), show())
    };
    frame.addEventListener('keydown', event => {
      if (!keys[event.key] || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation(); // no command of the notebook
      keys[event.key]();
    });
    const sized = new ResizeObserver(fit);
    sized.observe(view);
    return () => sized.disconnect();
  }
};
