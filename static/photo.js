// Shows a chosen photo before it is sent, and turns it. Without it the photo is sent as it is, and can be looked at afterwards.
"use strict";

const QUALITY = 0.92; // what is lost on turning cannot be seen
const input = document.querySelector('input[type="file"]');
const tools = document.getElementById("photo-tools").content.firstElementChild.cloneNode(true);
const canvas = tools.querySelector("canvas");
let photo = null;
let quarters = 0;

// Paints the photo upright, turned by as many quarters as were asked for.
function paint() {
  const sideways = quarters % 2 === 1;
  canvas.width = sideways ? photo.height : photo.width;
  canvas.height = sideways ? photo.width : photo.height;
  const context = canvas.getContext("2d");
  context.translate(canvas.width / 2, canvas.height / 2);
  context.rotate((quarters * Math.PI) / 2);
  context.drawImage(photo, -photo.width / 2, -photo.height / 2);
}

async function show() {
  tools.remove();
  quarters = 0;
  try {
    photo = await createImageBitmap(input.files[0]);
  } catch {
    return; // a PDF, or a photo that this browser cannot draw
  }
  paint();
  input.after(tools);
}

function turn() {
  quarters = (quarters + 1) % 4;
  paint();
  canvas.toBlob(
    (turned) => {
      const files = new DataTransfer();
      files.items.add(new File([turned], input.files[0].name, { type: turned.type }));
      input.files = files.files;
    },
    "image/jpeg",
    QUALITY,
  );
}

input.addEventListener("change", show);
tools.querySelector('[data-act="turn"]').addEventListener("click", turn);
tools.querySelector('[data-act="again"]').addEventListener("click", () => input.click());
